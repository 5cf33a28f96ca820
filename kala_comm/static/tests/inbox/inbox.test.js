import {expect, test} from "@odoo/hoot";
import {edit, press, queryAll, queryOne, queryText} from "@odoo/hoot-dom";
import {
    advanceTime,
    animationFrame,
    mockDate,
    mockTimeZone,
    runAllTimers,
} from "@odoo/hoot-mock";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {
    contains,
    mountWithCleanup,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import {user} from "@web/core/user";
import {Inbox} from "@kala_comm/inbox/inbox";
import {boxOf, callsOf, rowOf, serverOf} from "./inbox.helper";

defineMailModels();

const CHOSEN = ".o_kala_inbox_row[aria-selected=true]";

/** @param {Object} options rows, settings, props */
async function openInbox({
    rows,
    settings = {},
    props = {},
    readOnOpen = false,
    unreadable = 0,
}) {
    mockDate("2026-03-11 12:00:00");
    mockTimeZone("Europe/London");
    const server = serverOf(rows, {read_on_open: readOnOpen});
    const saved = [];
    patchWithCleanup(user, {
        get settings() {
            return settings;
        },
        setUserSettings: async (name, value) => saved.push([name, value]),
    });
    onRpc("kala.waiting", "*", ({method, args, kwargs}) => {
        if (method === "card") {
            server.calls.push(["card", args]);
            return cardOf(args[1]);
        }
        return server.call("kala.waiting", method, args, kwargs);
    });
    onRpc("kala.conversation", "load", ({args}) => ({
        records: [{model: args[0], id: args[1], name: `Lead ${args[1]}`, status: ""}],
        lines: [],
        tasks: [],
        more: false,
    }));
    onRpc("kala.composer", "open_box", ({args}) => boxOf(args[1]));
    onRpc("kala.composer", "send_box", ({args}) => {
        server.calls.push(["send", args[0][0], args[1].body]);
        return {ids: []};
    });
    onRpc("kala.conversation", "changed", () => ({lines: [], tasks: []}));
    onRpc("kala.presence", "*", () => ({others: []}));
    onRpc("kala_seen", () => true);
    onRpc("kala.inbound.item", "search_count", () => unreadable);
    // All lines work, and the company has set up all it needs.
    onRpc("kala.line", "troubles", () => []);
    onRpc("kala.first.hour", "load", () => ({steps: [], is_begun: true}));
    await mountWithCleanup(Inbox, {
        props: {action: {params: {}, context: {}}, ...props},
    });
    await settle();
    return {server, saved};
}

function cardOf(id) {
    return {
        name: `Lead ${id}`,
        model_label: "Lead",
        stages: [],
        phones: [],
        emails: [],
    };
}

async function settle() {
    for (let n = 0; n < 4; n++) {
        await animationFrame();
    }
}

async function type(keys) {
    for (const key of keys) {
        await press(key);
        await settle();
    }
}

const range = (count) => Array.from({length: count}, (_, n) => rowOf(n + 1));

test("LO9: the first one is chosen; J and K go on and back", async () => {
    await openInbox({rows: range(3)});
    expect(CHOSEN).toHaveAttribute("data-key", "crm.lead,1");
    await type(["j", "j"]);
    expect(CHOSEN).toHaveAttribute("data-key", "crm.lead,3");
    expect(".o_kala_inbox_shown").toHaveAttribute("data-shown", "crm.lead,3");
    await type(["k"]);
    expect(CHOSEN).toHaveAttribute("data-key", "crm.lead,2");
    expect(CHOSEN).toHaveCount(1);
});

test("LO9: letters in a text field are letters", async () => {
    const {server} = await openInbox({rows: range(3)});
    callsOf(server);
    for (const field of [".o_kala_inbox_search", ".o_kala_answer textarea"]) {
        await contains(field).click();
        await type(["e", "j", "a", "?", "x"]);
        expect(CHOSEN).toHaveAttribute("data-key", "crm.lead,1");
        expect(".o_dialog").toHaveCount(0);
        expect(".o_kala_picked").toHaveCount(0);
    }
    expect(callsOf(server)).not.toInclude("done");
});

test("LO9: R goes to the answer, Ctrl+Enter sends it and goes on", async () => {
    const {server} = await openInbox({rows: range(3)});
    await type(["r"]);
    expect(".o_kala_answer textarea").toBeFocused();
    await edit("Yes");
    await press(["ctrl", "enter"]);
    await settle();
    expect(server.calls).toInclude(["send", 1, "Yes"]);
    expect(CHOSEN).toHaveAttribute("data-key", "crm.lead,2");
    await type(["j"]);
    expect(CHOSEN).toHaveAttribute("data-key", "crm.lead,3");
});

test("LO9: who wants to stay after an answer stays", async () => {
    await openInbox({rows: range(3), settings: {kala_inbox_next: false}});
    await type(["r"]);
    await edit("Yes");
    await press(["ctrl", "enter"]);
    await settle();
    expect(CHOSEN).toHaveAttribute("data-key", "crm.lead,1");
});

test("LO9: R before the conversation has come waits for it; nothing else is done", async () => {
    const {server} = await openInbox({rows: range(3)});
    let arrive = null;
    const arrived = new Promise((resolve) => (arrive = resolve));
    onRpc("kala.conversation", "load", async () => {
        await arrived;
        return {records: [], lines: [], tasks: [], more: false};
    });
    callsOf(server);
    await type(["j", "r", "e", "x"]);
    expect(queryOne(".o_kala_inbox_shown").inert).toBe(true);
    expect(".o_kala_inbox_shown").toHaveAttribute("data-shown", "crm.lead,1");
    arrive();
    await settle();
    expect(".o_kala_inbox_shown").toHaveAttribute("data-shown", "crm.lead,2");
    expect(queryOne(".o_kala_inbox_shown").inert).toBe(false);
    expect(".o_kala_answer textarea").toBeFocused();
    expect(callsOf(server)).not.toInclude("done");
    expect(".o_kala_picked").toHaveCount(0);
});

test("TA6: what the contact brought back is put off to the same time again", async () => {
    const rows = [rowOf(1, {put_off_again: "2026-03-20 14:30:00"}), rowOf(2)];
    const {server} = await openInbox({rows});
    await type(["s"]);
    expect(".o_kala_until:first").toHaveText(/As before/);
    await press("Enter");
    await settle();
    const [, [, until]] = server.calls.find(([method]) => method === "put_off");
    expect(until).toBe("2026-03-20 14:30:00");
    await type(["s"]);
    expect(".o_kala_until:first").toHaveText(/In an hour/);
});

test("LO9: E is done, and the next one comes", async () => {
    const {server} = await openInbox({rows: range(3)});
    callsOf(server);
    await type(["j", "e"]);
    expect(".o_kala_inbox_row").toHaveCount(2);
    expect(CHOSEN).toHaveAttribute("data-key", "crm.lead,3");
    await type(["e"]);
    expect(CHOSEN).toHaveAttribute("data-key", "crm.lead,1");
    await type(["e"]);
    expect(".o_kala_inbox_row").toHaveCount(0);
    expect(".o_kala_inbox_rows .o_kala_inbox_empty").toHaveText(/Nobody waits/);
    expect(callsOf(server).filter((method) => method === "done").length).toBe(3);
});

test("LO9: S puts off; arrows choose until when", async () => {
    const {server} = await openInbox({rows: range(2)});
    await type(["s"]);
    expect(".o_kala_until:first").toBeFocused();
    await type(["ArrowDown", "ArrowDown"]);
    await press("Enter");
    await settle();
    const [, [keys, until]] = server.calls.find(([method]) => method === "put_off");
    expect(keys).toEqual(["crm.lead,1"]);
    expect(until).toBe("2026-03-12 09:00:00");
    expect(".o_dialog").toHaveCount(0);
    expect(CHOSEN).toHaveAttribute("data-key", "crm.lead,2");
});

test("LO9: several rows are selected by X and by their circles", async () => {
    const {server} = await openInbox({rows: range(4)});
    await type(["x", "j", "x"]);
    await contains(".o_kala_inbox_row:last .o_kala_avatar").click();
    expect(".o_kala_inbox_row[aria-checked=true]").toHaveCount(3);
    expect(CHOSEN).toHaveAttribute("data-key", "crm.lead,2");
    expect(".o_kala_inbox_bulk").toHaveText(/3 selected/);
    await contains(".o_kala_bulk_done").click();
    await settle();
    const [, [keys]] = server.calls.find(([method]) => method === "done");
    expect(keys).toEqual(["crm.lead,1", "crm.lead,2", "crm.lead,4"]);
    expect(".o_kala_inbox_bulk").toHaveCount(0);
    expect(CHOSEN).toHaveAttribute("data-key", "crm.lead,3");
});

test("LO9: ? shows the keys, and they rest while a dialog is open", async () => {
    await openInbox({rows: range(2)});
    await type(["?"]);
    expect(".o_kala_inbox_keys").toHaveCount(1);
    await type(["j", "e"]);
    expect(".o_kala_inbox_row").toHaveCount(2);
    await press("Escape");
    await settle();
    expect(".o_dialog").toHaveCount(0);
});

test("LO9: arrows go along the tabs, and / goes to the search", async () => {
    const {server} = await openInbox({rows: range(2)});
    await type(["/"]);
    expect(".o_kala_inbox_search").toBeFocused();
    await edit("levi");
    await advanceTime(400);
    await settle();
    expect(server.calls.at(-1)[2].search).toBe("levi");
    await contains(".o_kala_inbox_tab[data-tab=mine]").focus();
    await type(["ArrowRight"]);
    expect(".o_kala_inbox_tab[aria-selected=true]").toHaveAttribute(
        "data-tab",
        "unassigned"
    );
    expect(".o_kala_inbox_tab[data-tab=unassigned]").toBeFocused();
    expect(".o_kala_inbox_tab[tabindex='0']").toHaveCount(1);
});

test("LO9: of very many rows few are drawn", async () => {
    await openInbox({rows: range(5000)});
    for (let page = 0; page < 12; page++) {
        const el = queryOne(".o_kala_inbox_rows");
        el.scrollTop = el.scrollHeight;
        await settle();
        await runAllTimers();
    }
    expect(queryAll(".o_kala_inbox_row").length).toBeLessThan(60);
});

test("LO9: bad input: long and turning names, a picture that does not come", async () => {
    const long = "x".repeat(10000);
    await openInbox({
        rows: [
            rowOf(1, {customer: long, text: long}),
            rowOf(2, {customer: "\u202eevil", avatar: "/kala_comm/no_such_picture"}),
        ],
    });
    expect(queryText(".o_kala_inbox_row:first .o_kala_inbox_name").length).toBeLessThan(
        400
    );
    expect(".o_kala_inbox_row:last bdi:first").toHaveText("evil");
    queryOne(".o_kala_inbox_row:last img").dispatchEvent(new Event("error"));
    await settle();
    expect(".o_kala_inbox_row:last .o_kala_avatar").toHaveText("E");
});

test("LO9: unread goes by U, and by opening only where the user wants that", async () => {
    for (const [isOn, count] of [
        [false, 0],
        [true, 1],
    ]) {
        const {server} = await openInbox({
            rows: [rowOf(1, {unread: 2})],
            readOnOpen: isOn,
        });
        expect(callsOf(server).filter((name) => name === "mark_read").length).toBe(
            count
        );
        await type(["u"]);
        expect(callsOf(server)).toInclude("mark_read");
    }
});

test("LO9: nothing is asked while nothing happens", async () => {
    const {server} = await openInbox({rows: range(3)});
    callsOf(server);
    await advanceTime(10 * 60 * 1000);
    await settle();
    expect(callsOf(server)).toEqual([]);
    // Time goes on all the same.
    expect(".o_kala_inbox_row:first .o_kala_inbox_time").toHaveText("22 min");
});

test("LO9: the habits are kept on the server", async () => {
    const {saved} = await openInbox({rows: range(1)});
    await contains(".o_kala_inbox_choices").click();
    await contains(".o_kala_next_on").click();
    expect(saved).toEqual([["kala_inbox_next", false]]);
});

test("TA4: managers are told of what could not be read", async () => {
    await openInbox({rows: range(1), unreadable: 3});
    expect(".o_kala_inbox_notice").toHaveText(/Could not be read: 3/);
});
