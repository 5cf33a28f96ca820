import {browser} from "@web/core/browser/browser";

/**
 * Does some work soon after it is asked for: once for many askings, one at a time, and not while
 * nobody looks at the tab.
 *
 * @param {Function} work may be asynchronous
 * @param {Number} delay milliseconds in which askings are gathered
 * @returns {{ask: Function, stop: Function}}
 */
export function whenVisible(work, delay) {
    let timer = null;
    let wanted = false;
    let working = false;
    let stopped = false;

    async function run() {
        timer = null;
        if (stopped || working || document.hidden) {
            return;
        }
        wanted = false;
        working = true;
        try {
            await work();
        } finally {
            working = false;
        }
        if (wanted) {
            plan();
        }
    }

    function plan() {
        if (timer === null && !stopped) {
            timer = browser.setTimeout(run, delay);
        }
    }

    function onVisibilityChange() {
        if (wanted && !document.hidden) {
            plan();
        }
    }
    document.addEventListener("visibilitychange", onVisibilityChange);

    return {
        ask() {
            wanted = true;
            plan();
        },
        stop() {
            stopped = true;
            browser.clearTimeout(timer);
            document.removeEventListener("visibilitychange", onVisibilityChange);
        },
    };
}
