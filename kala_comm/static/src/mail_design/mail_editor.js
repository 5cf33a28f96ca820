import {_t} from "@web/core/l10n/translation";
import {useOwnedDialogs, useService} from "@web/core/utils/hooks";
import {FormViewDialog} from "@web/views/view_dialogs/form_view_dialog";

/** Edit the text of an e-mail in a dialog, or write a new one (EM3).
 *
 * @param {Function} onKept called with the id of what was saved */
export function useMailEditor(onKept) {
    const orm = useService("orm");
    const addDialog = useOwnedDialogs();

    const open = (props) =>
        addDialog(FormViewDialog, {
            resModel: "kala.template",
            title: _t("Text of the E-mail"),
            canExpand: false,
            ...props,
            onRecordSaved: (record) => onKept(record.resId),
        });

    return {
        /** One of the library stays as it is: its copy is edited. */
        async edit(id, isOfLibrary) {
            let own = id;
            if (isOfLibrary) {
                own = await orm.call("kala.template", "make_own", [id]);
                await onKept(own);
            }
            open({resId: own});
        },
        create() {
            open({
                context: {
                    default_channel: "email",
                    default_design: "letter",
                    default_user_id: false,
                },
            });
        },
    };
}
