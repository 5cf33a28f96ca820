/**
 * Count what a job costs: every click, and every key that is no text. What is typed is not counted,
 * nor is the click into the field where it is typed: the job could not be done without.
 */

/** Where people type. */
const FIELD = "textarea, input:not([type=checkbox]), [contenteditable=true]";
/** Keys that are held while another one is pressed. */
const HELD = ["Control", "Shift", "Alt", "Meta"];

let cost = [];

function isTyped({target, key, ctrlKey, metaKey, altKey}) {
    const isText = key.length === 1 || key === "Backspace";
    return isText && !ctrlKey && !metaKey && !altKey && target.closest?.(FIELD);
}

window.addEventListener(
    "pointerdown",
    ({target}) => target.closest?.(FIELD) || cost.push(`click on ${target.className}`),
    true
);
window.addEventListener(
    "keydown",
    (ev) => HELD.includes(ev.key) || isTyped(ev) || cost.push(`key ${ev.key}`),
    true
);

/**
 * The steps of one job, which fail where they cost more than they may.
 *
 * @param {String} name of the job
 * @param {Number} target how many clicks and keys it may cost
 * @param {Object[]} steps
 * @returns {Object[]} steps
 */
export function job(name, target, steps) {
    return [
        {
            content: `${name}: begin to count`,
            trigger: "body",
            run() {
                cost = [];
            },
        },
        ...steps,
        {
            content: `${name}: at most ${target}`,
            trigger: "body",
            run() {
                if (cost.length > target) {
                    const words = cost.join(", ");
                    throw new Error(
                        `${name} costs ${cost.length}, not ${target}: ${words}`
                    );
                }
            },
        },
    ];
}
