import {_t} from "@web/core/l10n/translation";
import {browser} from "@web/core/browser/browser";

/** Milliseconds after which a test counts as lost: of a popup, and of what goes over the service of
 * the browser's maker. */
const SHOWN_WITHIN = 3000;
const PUSHED_WITHIN = 40000;

const good = (words) => ({state: "good", words});
const warning = (words) => ({state: "warning", words});
const bad = (words) => ({state: "bad", words});

const until = (time) => new Promise((resolve) => browser.setTimeout(resolve, time));

/** What the service of the browser's maker answered. */
function answerWords(outcome) {
    return {
        later: _t(
            "The push service of this browser's maker does not answer. Odoo tries again later; if it stays so, ask your administrator whether the server may reach the Internet."
        ),
        gone: _t(
            "The push service does not know this device any more. Click “Tell this device”."
        ),
        refused: _t("The push service refused the test."),
    }[outcome];
}

/**
 * Each way in which somebody can be told (NO3), tried out: what came, and what to do if nothing
 * did.
 */
export class Ways {
    constructor({incoming, push, busService}) {
        Object.assign(this, {incoming, push, busService});
    }

    /** @returns {Promise<Object>} state, words, and whether the browser was asked at all */
    async popup(facts) {
        const popup = await this.incoming.showPopup(facts);
        if (!popup) {
            return {
                ...warning(
                    _t("The browser was not asked to show it: see above why not.")
                ),
                isAsked: false,
            };
        }
        // A notification of a service worker says nothing of itself
        const isShown =
            popup === true ||
            (await Promise.race([
                new Promise((resolve) => {
                    popup.addEventListener("show", () => resolve(true));
                    popup.addEventListener("error", () => resolve(false));
                }),
                until(SHOWN_WITHIN),
            ]));
        const found = isShown
            ? good(_t("The browser has given it to your computer to show."))
            : warning(
                  _t(
                      "The browser was asked, and your computer has not shown it: look at its focus mode, and at its notification settings for this browser."
                  )
              );
        return {...found, isAsked: true};
    }

    async sound() {
        if (await this.incoming.sound.play()) {
            return good(_t("You should have heard two short tones."));
        }
        return warning(
            _t(
                "No sound: this tab may not sound before you have clicked in it, or another tab of Odoo has just sounded. Click somewhere, and test again."
            )
        );
    }

    /** The service worker says when it arrived, the server what the service answered. */
    async pushed(token) {
        const worker = browser.navigator.serviceWorker;
        let stop = () => {};
        const arrived = new Promise((resolve) => {
            const onMessage = ({data}) => {
                if (data?.type === "kala_comm/pushed" && data.test === token) {
                    resolve(good(_t("It has arrived while no tab was asked.")));
                }
            };
            const onAnswer = (answer) => {
                if (answer.token === token && answer.outcome !== "sent") {
                    resolve(bad(answerWords(answer.outcome)));
                }
            };
            worker?.addEventListener("message", onMessage);
            this.busService.subscribe("kala_comm/push_tested", onAnswer);
            stop = () => {
                worker?.removeEventListener("message", onMessage);
                this.busService.unsubscribe("kala_comm/push_tested", onAnswer);
            };
        });
        try {
            if (!(await this.push.test(token))) {
                return warning(_t("This device is not told while Odoo is closed."));
            }
            return (await Promise.race([arrived, until(PUSHED_WITHIN)])) || this.lost;
        } finally {
            stop();
        }
    }

    get lost() {
        return bad(
            _t(
                "It did not arrive. Ask your administrator whether the jobs of the server run, and whether the server may reach the Internet."
            )
        );
    }
}
