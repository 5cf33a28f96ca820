import {OPEN_CONVERSATION, addTour} from "@kala_comm/../tests/tours/add_tour";

/** Milliseconds in which nothing happens: less than between two signs of presence. */
const IDLE = 6000;
/** Milliseconds after which what a page asks for by itself is there. */
const SETTLED = 4000;

const wait = (milliseconds) =>
    new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Count what the browser asks the server for while nobody does anything. */
const IS_IDLE = {
    content: "Nothing is asked for while nothing happens",
    trigger: "body",
    timeout: 60000,
    async run() {
        await wait(SETTLED);
        performance.clearResourceTimings();
        await wait(IDLE);
        const asked = performance
            .getEntriesByType("resource")
            .map(({name}) => name)
            // Presence tells the others every twenty seconds that one is there.
            .filter((name) => !name.includes("/kala.presence/"));
        if (asked.length) {
            throw new Error(`Asked while nothing happens: ${asked.join(", ")}`);
        }
    },
};

/** LO4, LO9: an open conversation, and an open inbox. */
addTour("kala_comm_idle_pane", () => [
    OPEN_CONVERSATION,
    {content: "It is there", trigger: ".o_kala_bubble:contains('Good morning')"},
    IS_IDLE,
]);

addTour("kala_comm_idle_inbox", () => [
    {
        content: "Dana waits",
        trigger: ".o_kala_inbox_row:contains('Dana')",
        run: "click",
    },
    {content: "It is there", trigger: ".o_kala_inbox_shown .o_kala_bubble"},
    IS_IDLE,
]);
