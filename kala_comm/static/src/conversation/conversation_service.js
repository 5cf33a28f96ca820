import {reactive} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";

/**
 * What the user last wanted to see of conversations: which tab, and whether the drawer is open; it
 * is the same on each device. Who wants to write to the record on the screen asks here.
 */
export const conversationService = {
    dependencies: ["orm"],
    start(env, {orm}) {
        const kept = user.settings || {};
        const state = reactive({
            tab: kept.kala_pane_tab || "conversation",
            isOpen: Boolean(kept.kala_pane_open),
        });
        /** @type {Set<Function>} */
        const panes = new Set();
        /** What is to be seen as soon as its record is on the screen. */
        let wish = null;
        /** @type {Set<Function>} each says whether it shows the messages of a record */
        const shown = new Set();
        /** @type {Set<string>} records that this user has opened, as the server knows by now */
        const opened = new Set();

        /** What is kept already is not written again. */
        function keep(name, value, setting) {
            if (state[name] !== value) {
                state[name] = value;
                user.setUserSettings(setting, value);
            }
        }

        return {
            state,
            /** @param {"conversation"|"chatter"} tab */
            show: (tab) => keep("tab", tab, "kala_pane_tab"),
            open: () => keep("isOpen", true, "kala_pane_open"),
            close: () => keep("isOpen", false, "kala_pane_open"),
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
            /** The first time that the user opens a record is kept (LO7). */
            noteOpened(model, resId) {
                const key = `${model},${resId}`;
                if (!opened.has(key)) {
                    opened.add(key);
                    orm.silent
                        .call("kala.first.view", "note", [model, resId])
                        .catch(() => opened.delete(key));
                }
            },
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
