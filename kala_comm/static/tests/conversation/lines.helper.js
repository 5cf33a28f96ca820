/**
 * A line as the server gives it.
 *
 * @param {Object} values what matters in the test; `id` makes its key
 */
export function lineOf(values = {}) {
    const {id = 1, date = "2026-03-10 10:00:00", ...rest} = values;
    return {
        key: `c${id}`,
        id,
        date,
        place: [date, "c", id],
        model: "crm.lead",
        res_id: 7,
        type: "text",
        side: "in",
        kind: "text",
        channel: "sms",
        channel_label: "SMS",
        line_id: 3,
        line_name: "Shop",
        state: "received",
        body: `text ${id}`,
        author: "",
        contact: "050-234-5678",
        files: [],
        quoted: false,
        ...rest,
    };
}

/** A change of a stage or a status, as the server gives it. */
export function changeOf(id, date) {
    return {
        key: `m${id}`,
        id,
        date,
        place: [date, "m", id],
        model: "crm.lead",
        res_id: 7,
        type: "change",
        author: "Sivan",
        changes: [{label: "Stage", old: "New", new: "Won"}],
    };
}
