import {_t} from "@web/core/l10n/translation";

/**
 * Show a line in its conversation: in the one on the screen, where it is of that record, else on the
 * record's form. A line of no record is shown by itself.
 *
 * @param {Object} services action and "kala_comm.conversation"
 * @param {Object} place model, resId, key of the line (none: the record); id of a line of no record
 * @returns {Promise}
 */
export function openHit(services, {model, resId, key, id}) {
    const form = {type: "ir.actions.act_window", views: [[false, "form"]]};
    if (!model) {
        return services.action.doAction({
            ...form,
            name: _t("Communication"),
            res_model: "kala.communication",
            res_id: id,
        });
    }
    if (services["kala_comm.conversation"].see({model, resId, hit: key || ""})) {
        return Promise.resolve();
    }
    return services.action.doAction({...form, res_model: model, res_id: resId});
}
