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
                return () => panes.delete(pane);
            },
            /**
             * @param {Object} wish model, resId; channel, number, replyTo
             * @returns {Boolean} whether a pane on the screen shows that record
             */
            write: (wish) => [...panes].some((pane) => pane(wish)),
        };
    },
};

registry.category("services").add("kala_comm.conversation", conversationService);
