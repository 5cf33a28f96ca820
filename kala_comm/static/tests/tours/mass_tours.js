import {addTour, isAccessible} from "@kala_comm/../tests/tours/add_tour";
import {rpc} from "@web/core/network/rpc";

/** @returns {String} selector of the bar in a place, in a state, at a percentage */
const bar = (place, state, percent) =>
    `${place} .o_kala_mass_bar[data-state=${state}]:has([aria-valuenow='${percent}'])`;
const FORM = ".o_form_view";
const MENU = ".o_kala_mass_menu";
const SYSTRAY = ".o_menu_systray .o_kala_mass_systray button[data-count='1']";
/** Selector of a button beside a bar. */
const button = (place, method) => `${place} .o_kala_mass_bar [data-method=${method}]`;
/** The test lets messages leave, as a lane of the dispatcher does. */
const leave = (content, count, fails = false) => ({
    content,
    trigger: "body",
    async run() {
        await rpc("/web/dataset/call_kw/res.users/kala_test_leave", {
            model: "res.users",
            method: "kala_test_leave",
            args: [count, fails],
            kwargs: {},
        });
    },
});

const send = () => [
    {
        content: "Send",
        trigger: "button[name=action_start]",
        run: "click",
    },
    {
        content: "Confirm",
        trigger: ".modal footer .btn-primary",
        run: "click",
    },
];

/** BR2: who gets it and who not is counted before, with lists that open; then it is sent. */
addTour("kala_comm_mass_send", () => [
    {
        content: "Count first",
        trigger: "button[name=action_check]",
        run: "click",
    },
    {
        content: "How many will",
        trigger: ".o_kala_mass_check [data-opens=ok]:contains('2')",
    },
    {
        content: "When it ends, and why then",
        trigger: ".o_kala_mass_check [data-kind=end]",
    },
    isAccessible(".o_kala_mass_check"),
    {
        content: "Who will not, and why",
        trigger: ".o_kala_mass_check [data-opens=duplicate]:contains('1')",
        run: "click",
    },
    {
        content: "It is the second one with that number",
        trigger: ".o_data_row, .o_kanban_record",
    },
    {
        content: "Back",
        trigger: ".o_back_button, .breadcrumb-item:not(.active) a",
        run: "click",
    },
    ...send(),
    {
        content: "It is complete without a reload",
        trigger: bar(FORM, "done", 100),
    },
    {
        content: "So are its numbers",
        trigger: ".o_form_view .o_field_widget[name=sent]:contains('2')",
    },
]);

/** BR2: start, live bar, pause, resume, done, retry failed: in Odoo's bar and in the list. */
addTour("kala_comm_mass_live", () => [
    {
        content: "Nothing runs: there is no bar",
        trigger: ".o_menu_systray:not(:has(.o_kala_mass_systray))",
    },
    ...send(),
    {content: "It goes on", trigger: bar(FORM, "sending", 0)},
    {content: "So it does in Odoo's bar", trigger: SYSTRAY, run: "click"},
    {content: "By its name", trigger: `${bar(MENU, "sending", 0)}`},
    leave("One leaves", 1),
    {content: "The form tells it", trigger: bar(FORM, "sending", 25)},
    {content: "So does the menu", trigger: bar(MENU, "sending", 25)},
    {
        content: "Pause it there",
        trigger: button(MENU, "action_pause"),
        run: "click",
    },
    {content: "It is held", trigger: bar(MENU, "paused", 25)},
    {
        content: "The form says so, too",
        trigger: ".o_form_view button[name=action_resume]",
    },
    isAccessible(MENU),
    {
        content: "Resume it there",
        trigger: button(MENU, "action_resume"),
        run: "click",
    },
    {content: "It goes on", trigger: bar(MENU, "sending", 25)},
    leave("Another one fails", 1, true),
    {
        content: "That is told",
        trigger: `${bar(MENU, "sending", 50)} .o_kala_mass_words:contains('1')`,
    },
    leave("The others leave", 2),
    {content: "It is over, with one that failed", trigger: bar(MENU, "done", 100)},
    {
        content: "That one once more",
        trigger: button(MENU, "action_retry_failed"),
        run: "click",
    },
    {content: "It waits again", trigger: bar(MENU, "sending", 75)},
    leave("It leaves", 1),
    {content: "All have got it", trigger: bar(MENU, "done", 100)},
    {
        content: "Nothing failed",
        trigger: `${MENU} .o_kala_mass_bar:not(:has([data-method]))`,
    },
    {content: "Seen", trigger: SYSTRAY, run: "click"},
    {
        content: "Odoo's bar is as it was",
        trigger: ".o_menu_systray:not(:has(.o_kala_mass_systray))",
    },
]);

/** BR2: the same bar with its buttons in the list; cancelled there. */
addTour("kala_comm_mass_list", () => [
    {
        content: "It goes on",
        trigger: ".o_kala_mass_bar[data-state=sending]:has([aria-valuenow='0'])",
    },
    leave("One leaves", 1),
    {
        content: "The list tells it",
        trigger: ".o_kala_mass_bar[data-state=sending]:has([aria-valuenow='25'])",
    },
    {
        content: "Pause",
        trigger: button(".o_view_controller", "action_pause"),
        run: "click",
    },
    {
        content: "Resume is there",
        trigger: button(".o_view_controller", "action_resume"),
    },
    {
        content: "Cancel",
        trigger: button(".o_view_controller", "action_cancel"),
        run: "click",
    },
    {
        content: "Really",
        trigger: ".modal footer .btn-primary",
        run: "click",
    },
    {
        content: "It is over",
        trigger: ".o_kala_mass_bar[data-state=cancelled]:not(:has([data-method]))",
    },
]);

/** LO8: a colleague who may not read it sees nothing of it. */
addTour("kala_comm_mass_of_another", () => [
    {
        content: "The page is there",
        trigger: ".o_menu_systray .o_kala_search",
    },
    leave("One leaves", 1),
    {
        content: "Her page was told nothing of it",
        trigger: ".o_menu_systray:not(:has(.o_kala_mass_systray))",
    },
]);
