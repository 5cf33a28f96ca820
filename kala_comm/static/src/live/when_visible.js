import {browser} from "@web/core/browser/browser";

/**
 * Does some work soon after it is asked for: once for many askings, one at a time, and not while
 * nobody looks at the tab.
 *
 * @param {Function} work may be asynchronous
 * @param {Number} delay milliseconds in which askings are gathered
 * @returns {{ask: Function, askNow: Function, stop: Function}}
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

    function plan(wait = delay) {
        if (timer === null && !stopped) {
            timer = browser.setTimeout(run, wait);
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
        /** Ask for it at once: for the first time, when there is nothing on the screen yet. */
        askNow() {
            wanted = true;
            plan(0);
        },
        stop() {
            stopped = true;
            browser.clearTimeout(timer);
            document.removeEventListener("visibilitychange", onVisibilityChange);
        },
    };
}
