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
