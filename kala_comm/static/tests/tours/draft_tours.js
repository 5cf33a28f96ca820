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
