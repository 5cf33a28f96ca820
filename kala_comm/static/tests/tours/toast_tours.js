import {addTour} from "@kala_comm/../tests/tours/add_tour";

/** What a customer writes comes in, as by "Simulate Incoming". */
async function receive(number, text) {
    const {orm} = odoo.__WOWL_DEBUG__.root.env.services;
    const [id] = await orm.create("kala.simulate", [{number, text}]);
    await orm.call("kala.simulate", "action_receive", [[id]]);
}

function receives(content, number, text, trigger = "body") {
    return {content, trigger, run: () => receive(number, text)};
}

const DANA = "+972502345678";

const CONNECTED = {
    content: "The live connection is open",
    trigger: ".o_kala_check[data-check=connection][data-state=good]",
};

const DANAS_CARD = ".o_kala_toast:has(.o_kala_incoming_customer:contains('Dana Levi'))";

const SEES_DANA = {content: "Her card is there", trigger: DANAS_CARD};

function isOver(one, other) {
    return (
        one.left < other.right &&
        other.left < one.right &&
        one.top < other.bottom &&
        other.top < one.bottom
    );
}

/** NO1, TA3: the card closes the task. */
addTour("kala_comm_toast_done", () => [
    CONNECTED,
    receives("Dana writes", DANA, "When do you come?"),
    SEES_DANA,
    {
        content: "Done",
        trigger: `${DANAS_CARD} .o_kala_toast_done`,
        run: "click",
    },
    {
        content: "The card is gone",
        trigger: "body:not(:has(.o_kala_toast))",
    },
]);

const IN_WINDOW = ".o_kala_small_window .o_kala_bubble";

/** NO1: windows stand side by side, and are folded; news are counted on a folded one. */
addTour("kala_comm_small_windows", () => [
    CONNECTED,
    receives("Dana writes", DANA, "When do you come?"),
    {
        content: "Answer Dana",
        trigger: `${DANAS_CARD} .o_kala_toast_answer`,
        run: "click",
    },
    {content: "Her window is open", trigger: `${IN_WINDOW}:contains('When do')`},
    receives("Another one writes", "+972522345601", "Do you paint?"),
    {
        content: "Answer him, too",
        trigger: ".o_kala_toast:contains('Do you paint?') .o_kala_toast_answer",
        run: "click",
    },
    {
        content: "Both stand side by side",
        trigger: `${IN_WINDOW}:contains('Do you paint?')`,
        run() {
            const boxes = [...document.querySelectorAll(".o_kala_small_window")].map(
                (el) => el.getBoundingClientRect()
            );
            const isOut = ({left, right}) => left < 0 || right > window.innerWidth;
            if (boxes.length !== 2 || isOver(...boxes) || boxes.some(isOut)) {
                throw new Error(`Not side by side: ${JSON.stringify(boxes)}`);
            }
        },
    },
    {
        content: "Fold Dana's",
        trigger: ".o_kala_small_window:contains('When do') .o_kala_small_window_fold",
        run: "click",
    },
    receives(
        "Dana writes again",
        DANA,
        "Are you there?",
        ".o_kala_small_window_folded"
    ),
    {
        content: "It is counted on the folded window",
        trigger: ".o_kala_small_window_folded .badge:contains('1')",
    },
    {
        content: "Unfold it",
        trigger: ".o_kala_small_window_folded",
        run: "click",
    },
    {
        content: "The news are there",
        trigger: `${IN_WINDOW}:contains('Are you there?')`,
    },
    {
        content: "Open the record",
        trigger:
            ".o_kala_small_window:contains('Are you there?') .o_kala_small_window_open",
        run: "click",
    },
    {
        content: "It is the lead, and the other window stays",
        trigger:
            "body:has(.o_kala_small_window:contains('Do you paint?')) .o_form_view:has(.o_field_widget[name=name] textarea:value('Kitchen'))",
    },
]);
