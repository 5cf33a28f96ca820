import {OPEN_CONVERSATION, addTour} from "@kala_comm/../tests/tours/add_tour";

/** LO10: what is typed is kept without a click. */
addTour("kala_comm_draft_begin", () => [
    OPEN_CONVERSATION,
    {
        content: "Begin an answer",
        trigger: ".o_kala_answer textarea",
        run: "edit Dear Dana,",
    },
    {
        content: "The server has it",
        trigger: ".o_kala_answer[data-draft]",
    },
]);

/** LO10, WI4: the draft is there again and tells of the colleague; ↑ changes what still waits. */
addTour("kala_comm_draft_end", () => [
    OPEN_CONVERSATION,
    {
        content: "What was begun is there",
        trigger: ".o_kala_answer textarea:value('Dear Dana,')",
    },
    {
        content: "A colleague was faster",
        trigger: ".o_kala_answer .o_kala_answered:contains('Salesman')",
    },
    {
        content: "Go on",
        trigger: ".o_kala_answer textarea",
        run: "edit Dear Dana, at ten.",
    },
    {
        content: "Send",
        trigger: ".o_kala_answer .o_kala_send:enabled",
        run: "click",
    },
    {
        content: "It is in the conversation, and no draft any more",
        trigger:
            ".o_kala_conversation:has(.o_kala_answer:not([data-draft])) .o_kala_bubble:contains('at ten')",
    },
    {
        content: "What still waits",
        trigger: ".o_kala_answer:not(:has(.o_kala_count)) textarea",
        run: "press ArrowUp",
    },
    {
        content: "Its text is in the box",
        trigger:
            ".o_kala_answer:has(.o_kala_changing) textarea:value('See you tomorrow')",
        run: "edit See you on Friday",
    },
    {
        content: "Change it",
        trigger: ".o_kala_answer .o_kala_send:enabled",
        run: "click",
    },
    {
        content: "The message itself is changed",
        trigger: ".o_kala_out .o_kala_bubble:contains('on Friday')",
    },
]);
