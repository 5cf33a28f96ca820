import {browser} from "@web/core/browser/browser";
import {reactive} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";
import {whenVisible} from "@kala_comm/live/when_visible";

/** Milliseconds in which events are gathered before the server is asked. */
const GATHER = 400;
/**
 * Milliseconds after an event: the server sends one event of a company in 5 s at most, so what
 * changed meanwhile is counted now.
 */
const AGAIN = 6000;

/**
 * Counts the new leads (ST4) while some badge is on the screen; else it listens to nothing and
 * asks for nothing.
 */
export const badgeService = {
    dependencies: ["bus_service", "orm"],

    start(env, {bus_service: bus, orm}) {
        const state = reactive({count: 0, limit: 0});
        let badges = 0;
        let counting = null;
        let again = null;
        let channels = [];

        async function count() {
            Object.assign(
                state,
                await orm.silent.call("crm.lead", "kala_count_new", [])
            );
        }

        function onChanged() {
            counting?.ask();
            browser.clearTimeout(again);
            again = browser.setTimeout(() => counting?.ask(), AGAIN);
        }

        function start() {
            counting = whenVisible(count, GATHER);
            counting.askNow();
            channels = user.activeCompanies.map(({id}) => `kala_comm/badge/${id}`);
            channels.forEach((channel) => bus.addChannel(channel));
            bus.subscribe("kala_comm/badge", onChanged);
        }

        function stop() {
            bus.unsubscribe("kala_comm/badge", onChanged);
            channels.forEach((channel) => bus.deleteChannel(channel));
            browser.clearTimeout(again);
            counting.stop();
            counting = null;
        }

        return {
            state,
            /** @returns {Function} to call when the badge is gone */
            show() {
                if (++badges === 1) {
                    start();
                }
                return () => {
                    if (--badges === 0) {
                        stop();
                    }
                };
            },
        };
    },
};

registry.category("services").add("kala_comm.badge", badgeService);
