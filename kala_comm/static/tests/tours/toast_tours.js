import {animationFrame} from "@odoo/hoot-dom";
import {addTour, isAccessible} from "@kala_comm/../tests/tours/add_tour";

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

/** Cards stay while one is on them. */
const STAYS = {
    content: "Who is on a card keeps it",
    trigger: `${DANAS_CARD} .o_kala_incoming_card`,
    run() {
        this.anchor.focus();
    },
};

const SEES_DANA = {content: "Her card is there", trigger: DANAS_CARD};

function boxOf(selector) {
    return document.querySelector(selector).getBoundingClientRect();
}

function isOver(one, other) {
    return (
        one.left < other.right &&
        other.left < one.right &&
        one.top < other.bottom &&
        other.top < one.bottom
    );
}

/** The cards stand at the end of the foot, and not over the menu. */
function checkPlace() {
    const cards = boxOf(".o_kala_toasts");
    const isRtl = getComputedStyle(document.body).direction === "rtl";
    const fromEnd = isRtl ? cards.left : window.innerWidth - cards.right;
    if (fromEnd > 40 || cards.bottom < window.innerHeight - 80) {
        throw new Error(
            `The cards are not at the foot's end: ${JSON.stringify(cards)}`
        );
    }
    if (isOver(cards, boxOf(".o_main_navbar"))) {
        throw new Error("The cards lie over the menu.");
    }
}

/** NO1: at most three, one for each contact, at the foot's end; the others are a number. */
addTour("kala_comm_toasts", () => [
    CONNECTED,
    receives("Dana writes", DANA, "When do you come?"),
    SEES_DANA,
    STAYS,
    receives("One writes", "+972522345601", "First"),
    receives("Another writes", "+972522345602", "Second"),
    receives("A third one writes", "+972522345603", "Third"),
    receives("Dana writes again", DANA, "Or shall I come?"),
    {
        content:
            "Her card says the new text and counts both; the keyboard is still on it",
        trigger: `${DANAS_CARD}:contains('Or shall I come?'):has(.o_kala_incoming_count:contains('2'))`,
    },
    {
        content: "No more than three cards; the others are a number",
        trigger: ".o_kala_toasts_more",
        run() {
            const cards = document.querySelectorAll(".o_kala_toast");
            const many = window.innerWidth < 768 ? 1 : 3;
            if (cards.length !== many) {
                throw new Error(`${cards.length} cards are shown, not ${many}.`);
            }
            checkPlace();
        },
    },
    isAccessible(".o_kala_toasts"),
    {
        content: "Who is on a card closes it by Esc",
        trigger: `${DANAS_CARD} .o_kala_incoming_card`,
        async run({press}) {
            this.anchor.focus();
            await press("Escape");
        },
    },
    {
        content: "It is closed, and the next one has its place",
        trigger: `body:not(:has(${DANAS_CARD})) .o_kala_toast`,
    },
]);

/** NO1: a card does not lie over the buttons of a dialog. */
addTour("kala_comm_toasts_and_dialog", () => [
    {
        content: "A dialog is open",
        trigger: ".modal .o_field_widget[name=number] input",
        run: "edit 050-234-5678",
    },
    receives("Dana writes", DANA, "When do you come?"),
    {
        content: "The buttons are free",
        trigger: `body:has(${DANAS_CARD}) .modal footer button[name=action_receive]`,
        async run() {
            await animationFrame();
            await animationFrame();
            const card = boxOf(".o_kala_toast");
            const buttons = document.querySelectorAll(".modal footer button");
            if ([...buttons].some((one) => isOver(card, one.getBoundingClientRect()))) {
                throw new Error("The card lies over the buttons of the dialog.");
            }
            if (isOver(card, boxOf(".o_main_navbar"))) {
                throw new Error("The card lies over the menu.");
            }
        },
    },
]);

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

/** NO1: the answer is written in a small window at the foot; what comes there needs no card. */
addTour("kala_comm_small_window", () => [
    CONNECTED,
    receives("Dana writes", DANA, "When do you come?"),
    {
        content: "Answer",
        trigger: `${DANAS_CARD} .o_kala_toast_answer`,
        run: "click",
    },
    {
        content: "Her conversation is in the small window, and nothing else went away",
        trigger: `body:has(.o_kala_check):not(:has(.o_kala_toast)) ${IN_WINDOW}:contains('When do you come?')`,
    },
    {
        content: "One can write at once",
        trigger: ".o_kala_small_window .o_kala_answer textarea:focus",
        run: "edit Tomorrow at nine.",
    },
    {
        content: "Send",
        trigger: ".o_kala_small_window .o_kala_send:enabled",
        run: "click",
    },
    {
        content: "It was delivered",
        trigger: `.o_kala_small_window .o_kala_out .o_kala_bubble:contains('at nine'):has(.o_kala_two_ticks)`,
    },
    receives("Dana writes again", DANA, "Fine, thank you."),
    {
        content: "It stands in the window, and no card tells of it",
        trigger: `body:not(:has(.o_kala_toast)) ${IN_WINDOW}:contains('Fine, thank you.')`,
    },
    isAccessible(".o_kala_small_window"),
    {
        content: "The first Esc leaves the text",
        trigger: ".o_kala_small_window .o_kala_answer textarea",
        async run({press}) {
            this.anchor.focus();
            await press("Escape");
        },
    },
    {
        content: "The second Esc closes the window",
        trigger: ".o_kala_small_window:focus",
        run: "press Escape",
    },
    {
        content: "It is closed",
        trigger: "body:not(:has(.o_kala_small_window)) .o_kala_check",
    },
]);

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
