import {OPEN_CONVERSATION, addTour} from "@kala_comm/../tests/tours/add_tour";
import {job} from "@kala_comm/../tests/tours/count_tours";
import {callers} from "@kala_comm/phone/call";

/** @returns {String} selector of a line of ours with a text */
const ours = (text) => `.o_kala_out .o_kala_bubble:contains('${text}')`;
const write = (text) => ({
    content: "Write",
    trigger: ".o_kala_answer textarea",
    run: `fill ${text}`,
});
const SEND = {
    content: "Send",
    trigger: ".o_kala_answer .o_kala_send:enabled",
    run: "click",
};
const EMPTY = {
    content: "The box is empty again",
    trigger: ".o_kala_answer textarea:placeholder-shown",
};

/** What is done on a lead, an order or a customer. Found by what it is, in every language. */
addTour("kala_comm_jobs_of_a_record", () => [
    OPEN_CONVERSATION,
    ...job("History with similar records", 0, [
        {
            content: "A line of the other lead, with its name",
            trigger:
                ".o_kala_row:contains('of the bathroom') .o_kala_of:contains('Bathroom')",
        },
    ]),
    ...job("Call back", 2, [
        {
            content: "The telephone is told",
            trigger: ".o_kala_call_back",
            run() {
                callers.add("job_tours", (_env, number) => {
                    document.body.dataset.called = number;
                    return true;
                });
            },
        },
        {content: "Call back", trigger: ".o_kala_call_back", run: "click"},
        {content: "It rings", trigger: "body[data-called*='234']"},
    ]),
    ...job("Put off", 2, [
        {content: "Put off", trigger: ".o_kala_put_off:first", run: "click"},
        {
            content: "Until tomorrow",
            trigger: ".dropdown-item[data-until=tomorrow]",
            run: "click",
        },
        {content: "It is put off", trigger: ".o_kala_take_back"},
    ]),
    ...job("Done", 1, [
        {
            content: "Done",
            trigger: ".o_kala_task:not(:has(.o_kala_take_back)) .o_kala_done",
            run: "click",
        },
        {
            content: "It waits no more",
            trigger: ".o_kala_tasks:not(:has(.o_kala_put_off))",
        },
    ]),
    ...job("Answer", 1, [
        write("Yes, at nine."),
        SEND,
        {content: "It is there", trigger: ours("at nine")},
        EMPTY,
    ]),
    ...job("Template", 2, [
        write("/wel"),
        {
            content: "Its text",
            trigger: ".o_kala_templates li:contains('Welcome')",
            run: "click",
        },
        {
            content: "It is in the box",
            trigger: ".o_kala_answer textarea:value('Hello Dana')",
        },
        SEND,
        {content: "It is there", trigger: ours("Hello Dana")},
        EMPTY,
    ]),
    ...job("Schedule", 3, [
        write("See you tomorrow."),
        {content: "When?", trigger: ".o_kala_answer .o_kala_when", run: "click"},
        {
            content: "Tomorrow at nine",
            trigger: ".o-dropdown--menu .o-dropdown-item:first",
            run: "click",
        },
        SEND,
        {
            content: "It waits",
            trigger: ".o_kala_bubble.o_kala_waiting:contains('See you tomorrow')",
        },
    ]),
    ...job("Attach to another record", 2, [
        {
            content: "One",
            trigger:
                ".o_kala_row:not(.o_kala_out) .o_kala_bubble:contains('On Monday') .o_kala_more",
            run: "click",
        },
        {content: "Two", trigger: ".o_kala_attach:contains('Bathroom')", run: "click"},
        {
            content: "It is there",
            trigger:
                ".o_kala_row:contains('On Monday') .o_kala_of:contains('Bathroom')",
        },
    ]),
]);

/** What is done in the Inbox. */
addTour("kala_comm_jobs_of_the_inbox", () => [
    {
        content: "Dana waits",
        trigger: ".o_kala_inbox_row:contains('Dana')",
        run: "click",
    },
    {
        content: "Her question is on the screen",
        trigger: ".o_kala_inbox_shown:not([inert]):contains('On Monday')",
    },
    ...job("Search", 2, [
        {
            content: "Search",
            trigger: ".o_menu_systray .o_kala_search button",
            run: "click",
        },
        {
            content: "A word",
            trigger: ".o_command_palette_search input",
            run: "edit bathr",
        },
        {
            content: "The line with it",
            trigger: ".o_kala_search_hit:has(.o_kala_search_text):contains('bathroom')",
            run: "click",
        },
        {
            content: "In its conversation",
            trigger: ".o_kala_hit:contains('of the bathroom')",
        },
    ]),
]);

/** A conversation is given to a colleague, in the Inbox. */
addTour("kala_comm_jobs_assign", () => [
    {
        content: "Dana waits",
        trigger: ".o_kala_inbox_row:contains('Dana')",
        run: "click",
    },
    {
        content: "Her question is on the screen",
        trigger: ".o_kala_inbox_shown:not([inert]):contains('On Monday')",
    },
    ...job("Assign", 2, [
        {content: "Assign", trigger: ".o_kala_inbox_assign", run: "click"},
        {
            content: "To a colleague",
            trigger: ".o_kala_to_colleague:contains('Salesman')",
            run: "click",
        },
        {
            content: "She waits for me no more",
            trigger: ".o_kala_inbox:not(:has(.o_kala_inbox_row:contains('Dana')))",
        },
    ]),
]);

/** A message that failed is sent again in the list of those. */
addTour("kala_comm_jobs_resend", () => [
    {content: "It failed", trigger: ".o_kala_resend:visible"},
    ...job("Resend in the list", 1, [
        {content: "Resend", trigger: ".o_kala_resend:visible", run: "click"},
        {
            content: "It did not fail this time",
            trigger: ".o_action_manager:not(:has(.o_kala_resend:visible))",
        },
    ]),
]);
