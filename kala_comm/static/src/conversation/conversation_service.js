import {reactive} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";

/**
 * What the user last wanted to see of conversations: which tab, and whether the drawer is open. Who
 * wants to write to the record on the screen asks here.
 */
export const conversationService = {
    start() {
        const key = `kala_comm.pane/${user.userId}`;
        const kept = JSON.parse(browser.localStorage.getItem(key) || "{}");
        const state = reactive({
            tab: kept.tab || "conversation",
            isOpen: Boolean(kept.isOpen),
        });
        /** @type {Set<Function>} */
        const panes = new Set();
        /** What is to be seen as soon as its record is on the screen. */
        let wish = null;
        /** @type {Set<Function>} each says whether it shows the messages of a record */
        const shown = new Set();

        function keep(values) {
            Object.assign(state, values);
            const {tab, isOpen} = state;
            browser.localStorage.setItem(key, JSON.stringify({tab, isOpen}));
        }

        return {
            state,
            show: (tab) => keep({tab}),
            open: () => keep({isOpen: true}),
            close: () => keep({isOpen: false}),
            /** @returns {Function} takes the pane out again */
            register(pane) {
                panes.add(pane);
                if (wish && pane(wish)) {
                    wish = null;
                }
                return () => panes.delete(pane);
            },
            /** @returns {Function} takes the conversation out again */
            registerShown(shows) {
                shown.add(shows);
                return () => shown.delete(shows);
            },
            /** Whether what comes to that record is seen without being told of it (NO1). */
            isOnScreen: (model, resId) =>
                [...shown].some((shows) => shows(model, resId)),
            /**
             * @param {Object} wish model, resId; channel, number, replyTo
             * @returns {Boolean} whether a pane on the screen shows that record
             */
            write: (wanted) => [...panes].some((pane) => pane(wanted)),
            /**
             * @param {Object} wanted model, resId, hit: key of the line to go to
             * @returns {Boolean} whether it is on the screen; else the next pane of the record
             *  goes there
             */
            see(wanted) {
                const isSeen = this.write(wanted);
                wish = isSeen ? null : wanted;
                return isSeen;
            },
        };
    },
};

registry.category("services").add("kala_comm.conversation", conversationService);
