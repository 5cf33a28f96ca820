/**
 * The form around a conversation shows what was saved on the card. What the user has typed there and
 * not saved is never touched.
 */
export async function reloadForm(env) {
    const record = env.model?.root;
    if (record?.resId && record.load && !record.dirty) {
        await record.load();
    }
}
