import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";

/**
 * How a number is called: functions of (env, number) that return whether they took the call; an
 * addon with a telephone system adds one. The device dials what none of them takes.
 */
export const callers = registry.category("kala_comm.callers");

/**
 * Call a number (SE1, VO2).
 *
 * @param {Object} env
 * @param {String} number in any spelling
 */
export async function callNumber(env, number) {
    for (const caller of callers.getAll()) {
        if (await caller(env, number)) {
            return;
        }
    }
    browser.open(`tel:${number.replace(/\s+/g, "")}`, "_self");
}
