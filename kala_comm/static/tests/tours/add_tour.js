import {animationFrame, waitUntil} from "@odoo/hoot-dom";
import {loadJS} from "@web/core/assets";
import {registry} from "@web/core/registry";

/** Milliseconds: what a step waits for is the server's work, and the machine may be busy. */
const PATIENCE = 60000;

/**
 * Add a tour whose steps are patient.
 *
 * @param {String} name
 * @param {Function} steps returns the steps
 */
export function addTour(name, steps) {
    registry.category("web_tour.tours").add(name, {
        steps: () => steps().map((step) => ({timeout: PATIENCE, ...step})),
    });
}

/**
 * Choose a record by its name, as one who types the name and presses Enter.
 *
 * A click on the list would be a race: the list of all records, which opens with the click into the field, is replaced by
 * the list of those that have the name, and the item may go in the middle of the click. Enter waits for the second list.
 *
 * @param {String} content what the step is for
 * @param {String} field selector of the field
 * @param {String} name that the first record of the list has
 * @returns {Object} step
 */
export function choose(content, field, name) {
    return {
        content,
        trigger: `${field} .o-autocomplete input`,
        async run({anchor, click, edit, press}) {
            const box = anchor.closest(".o-autocomplete");
            const list = () => box.querySelector(".dropdown-menu");
            const patience = {timeout: PATIENCE};
            // The page scrolls to the field, and a list that is open closes with that.
            await click();
            await animationFrame();
            await waitUntil(list, patience);
            await edit(name);
            await waitUntil(() => list()?.textContent.includes(name), patience);
            await press("Enter");
            // Before it is chosen, a click elsewhere would take the list away.
            await waitUntil(() => !list(), patience);
        },
    };
}

/** Where it does not stand beside the form, the conversation is a drawer. */
export const OPEN_CONVERSATION = {
    content: "Open the conversation",
    trigger: ".o_kala_conversation_open",
    run: "click",
};

/**
 * Look for what people cannot read, reach or hear: contrast, names of buttons, roles (WCAG A, AA).
 * The test starts the tour with `has_axe`.
 *
 * @param {String} selector of what is looked at
 * @returns {Object} step
 */
export function isAccessible(selector) {
    return {
        content: `${selector} is accessible`,
        trigger: selector,
        async run() {
            await loadJS("/kala_comm_axe.js");
            const {violations} = await window.axe.run(selector, {
                runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
            });
            const serious = violations.filter(({impact}) =>
                ["serious", "critical"].includes(impact)
            );
            const words = serious.map(
                ({id, help, nodes}) =>
                    `${id}: ${help}: ${nodes.map(({html}) => html).join(" | ")}`
            );
            if (words.length) {
                throw new Error(words.join("\n"));
            }
        },
    };
}
