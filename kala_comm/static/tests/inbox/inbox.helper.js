/**
 * A row as the server gives it.
 *
 * @param {Number} id
 * @param {Object} values what matters in the test
 */
export function rowOf(id, values = {}) {
    return {
        key: `crm.lead,${id}`,
        model: "crm.lead",
        id,
        place: [String(id).padStart(6, "0"), id],
        name: `Lead ${id}`,
        customer: `Customer ${id}`,
        avatar: false,
        channel: "sms",
        text: `text ${id}`,
        side: "in",
        call_status: false,
        state: "received",
        date: "2026-03-11 11:00:00",
        waiting_since: "2026-03-11 11:48:00",
        unread: 0,
        user_id: 2,
        user: "Sivan",
        tasks: [],
        put_off_until: false,
        status: "New",
        has_draft: false,
        ...values,
    };
}

/**
 * A server with these rows in the tab "mine": what is dealt with leaves it.
 *
 * @param {Object[]} rows
 * @param {Object} habits of the user, as `load` tells them
 * @returns {{orm: Object, calls: Array, rows: Object[]}} `calls`: [method, args, kwargs] of each
 */
export function serverOf(rows, habits = {}) {
    const server = {calls: [], rows: [...rows]};
    const counts = () => ({mine: server.rows.length, all: server.rows.length});
    const told = (keys) => {
        const found = server.rows.filter(({key}) => keys.includes(key));
        const here = found.map(({key}) => key);
        return {
            rows: found,
            gone: keys.filter((key) => !here.includes(key)),
            counts: counts(),
        };
    };
    const methods = {
        load: (args, {after, limit, count = true}) => {
            const from = after
                ? server.rows.findIndex((row) => String(row.place) > String(after))
                : 0;
            const below = from < 0 ? [] : server.rows.slice(from);
            return {
                rows: below.slice(0, limit),
                more: below.length > limit,
                ...(count ? {counts: counts()} : {}),
                late_minutes: 60,
                ...habits,
            };
        },
        rows: ([keys]) => told(keys),
        counts,
    };
    for (const method of ["done", "put_off"]) {
        methods[method] = ([keys]) => {
            server.rows = server.rows.filter(({key}) => !keys.includes(key));
            return told(keys);
        };
    }
    for (const method of ["assign", "take_back", "mark_read", "mark_unread"]) {
        methods[method] = ([keys]) => told(keys);
    }
    server.call = async (model, method, args = [], kwargs = {}) => {
        server.calls.push([method, args, kwargs]);
        return methods[method](args, kwargs);
    };
    const searchRead = async () => [];
    server.orm = {call: server.call, silent: {call: server.call, searchRead}};
    return server;
}

/** @returns {String[]} names of the methods that were called since the last look */
export function callsOf(server) {
    return server.calls.splice(0).map(([method]) => method);
}

/** Facts of an answer box that may be written in. */
export function boxOf(id) {
    return {
        id,
        channel: "sms",
        channels: [{code: "sms", label: "SMS"}],
        address_id: 1,
        addresses: [{id: 1, name: "050-234-5678"}],
        line_id: 3,
        lines: [{id: 3, name: "Shop"}],
        is_line_fixed: false,
        is_free: true,
        documents: [],
        fallbacks: [],
        is_approved: false,
        is_typed: false,
        takes_files: false,
        files: [],
        number: "",
        subject: "",
        body: "",
    };
}
