import {
    OPEN_CONVERSATION,
    addTour,
    isAccessible,
} from "@kala_comm/../tests/tours/add_tour";

/** LO4: the answer, by what it does and not by its words: on any screen, in any language. */
addTour("kala_comm_answer_anywhere", () => [
    OPEN_CONVERSATION,
    {
        content: "The message is in the conversation",
        trigger: ".o_kala_bubble:contains('Monday')",
    },
    {
        content: "Write",
        trigger: ".o_kala_answer textarea",
        run: "edit Yes, at nine.",
    },
    {
        content: "Send",
        trigger: ".o_kala_answer .o_kala_send:enabled",
        run: "click",
    },
    {
        content: "It was delivered, and the bubble says so by itself",
        trigger:
            ".o_kala_out .o_kala_bubble:contains('at nine'):has(.o_kala_two_ticks)",
    },
]);

addTour("kala_comm_pane_is_accessible", () => [
    OPEN_CONVERSATION,
    {
        content: "The message is in the conversation",
        trigger: ".o_kala_bubble:contains('Monday')",
    },
    isAccessible(".o_kala_conversation"),
]);

/** LO2: what came and went on another record of the customer is there without a click. */
addTour("kala_comm_history", () => [
    OPEN_CONVERSATION,
    {
        content: "The text of the other lead, with its name",
        trigger:
            ".o_kala_row:contains('of the bathroom') .o_kala_of:contains('Bathroom')",
    },
    {
        content: "Only this record",
        trigger: ".o_kala_only",
        run: "click",
    },
    {
        content: "The other's is gone",
        trigger:
            ".o_kala_conversation:not(:has(.o_kala_row:contains('of the bathroom')))",
    },
]);

/** LO2: a word is found far above, and the lines around it are read; then back to the end. */
addTour("kala_comm_search_within", () => [
    OPEN_CONVERSATION,
    {
        content: "Search",
        trigger: ".o_kala_search_within",
        run: "click",
    },
    {
        content: "A word of the second message",
        trigger: ".o_kala_search_bar input",
        run: "edit walnut",
    },
    {
        content: "It is found and shown, though it is far above",
        trigger: ".o_kala_hit .o_kala_bubble:contains('walnut table')",
    },
    {
        content: "The end is one click away",
        trigger: ".o_kala_news",
        run: "click",
    },
    {
        content: "There",
        trigger: ".o_kala_bubble:contains('text 119')",
    },
]);

/** WA1: a quote far above is one click away. */
addTour("kala_comm_quote_far_above", () => [
    OPEN_CONVERSATION,
    {
        content: "The message quotes one that is not on the screen",
        trigger:
            ".o_kala_bubble:contains('That one') .o_kala_quoted:contains('walnut')",
        run: "click",
    },
    {
        content: "There it is",
        trigger: ".o_kala_hit .o_kala_bubble:contains('walnut table')",
    },
]);

/** MA9: to another record in two clicks, where the message stands. */
addTour("kala_comm_attach_in_place", () => [
    OPEN_CONVERSATION,
    {
        content: "One",
        trigger: ".o_kala_bubble:contains('Hello') .o_kala_more",
        run: "click",
    },
    {
        content: "Two",
        trigger: ".o_kala_attach:contains('Bathroom')",
        run: "click",
    },
    {
        content: "It names its record",
        trigger: ".o_kala_row:contains('Hello') .o_kala_of:contains('Bathroom')",
    },
]);

/** TA6: a task is put off where it stands, and taken back. */
addTour("kala_comm_put_off", () => [
    OPEN_CONVERSATION,
    {
        content: "Put off",
        trigger: ".o_kala_put_off",
        run: "click",
    },
    {
        content: "Until he writes",
        trigger: ".dropdown-item[data-until=writes]",
        run: "click",
    },
    {
        content: "Take it back",
        trigger: ".o_kala_take_back",
        run: "click",
    },
    {
        content: "It waits again",
        trigger: ".o_kala_put_off",
        run: "click",
    },
    {
        content: "Until tomorrow",
        trigger: ".dropdown-item[data-until=tomorrow]",
        run: "click",
    },
    {
        content: "It says so",
        trigger: ".o_kala_take_back",
    },
]);

/** LO9: what is new is told, and marked as read. */
addTour("kala_comm_mark_read", () => [
    {
        content: "The button counts it",
        trigger: ".o_kala_conversation_open .o_kala_unread_count:contains('2')",
    },
    OPEN_CONVERSATION,
    {
        content: "The line stands before the first one",
        trigger: ".o_kala_unread + .o_kala_row:contains('First')",
    },
    {
        content: "Read",
        trigger: ".o_kala_mark_read",
        run: "click",
    },
    {
        content: "Nothing is new",
        trigger: ".o_kala_conversation:not(:has(.o_kala_unread, .o_kala_mark_read))",
    },
]);
