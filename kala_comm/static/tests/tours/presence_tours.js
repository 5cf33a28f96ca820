import {
    OPEN_CONVERSATION,
    addTour,
    isAccessible,
} from "@kala_comm/../tests/tours/add_tour";

/** LO10: who else is here, and that he writes; the others see that this user writes. */
addTour("kala_comm_presence", () => [
    OPEN_CONVERSATION,
    {
        content: "A colleague writes, and another one has it open",
        trigger:
            ".o_kala_conversation .o_kala_presence:contains('Dana colleague'):contains('Noa colleague')",
    },
    {
        content: "Write",
        trigger: ".o_kala_answer textarea",
        run: "edit Tomorrow",
    },
    isAccessible(".o_kala_conversation"),
]);
