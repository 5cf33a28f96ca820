import {addTour, isAccessible} from "@kala_comm/../tests/tours/add_tour";

const BOX = ".modal .o_kala_compose .o_kala_answer";

/** SE3, TE1, TE5: the dialog of a list is the answer box: the same "/", files, count and button. */
addTour("kala_comm_compose", () => [
    {
        content: "Write to the lead of this row",
        trigger:
            ".o_data_row:contains('Kitchen') button[name=action_kala_compose]:has(.fa-commenting-o)",
        run: "click",
    },
    {
        content: "Whom one writes to",
        trigger: ".modal .modal-title:contains('Kitchen')",
    },
    {content: "A template", trigger: `${BOX} textarea`, run: "edit /wel"},
    {
        content: "Its text and its file",
        trigger: `${BOX} .o_kala_templates li:contains('Welcome')`,
        run: "click",
    },
    {
        content: "They are there",
        trigger: `${BOX}:has(textarea:value('Hello Dana')):contains('price.pdf')`,
    },
    {content: "It is counted", trigger: `${BOX} .o_kala_count`},
    isAccessible(".modal .o_kala_compose"),
    {content: "Send", trigger: `${BOX} .o_kala_send:enabled`, run: "click"},
    {
        content: "The list is there again",
        trigger: "body:not(:has(.modal)) .o_data_row:contains('Kitchen')",
    },
]);
