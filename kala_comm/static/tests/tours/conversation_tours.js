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
