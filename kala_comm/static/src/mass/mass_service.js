import {markRaw, reactive} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {session} from "@web/session";
import {user} from "@web/core/user";
import {whenVisible} from "@kala_comm/live/when_visible";

const TYPE = "kala_comm/mass";
/** States in which a mass send has a bar in everybody's sight who may read it. */
export const UNDER_WAY = ["preparing", "sending", "paused"];
/** Milliseconds in which names of new bars are gathered. */
const GATHER = 300;

/**
 * How far mass sends are (BR2). A page begins with those under way, and is told by the bus of each
 * that goes on: it asks for nothing but the name of one that it does not know yet. Who may read none
 * listens to nothing.
 */
export const massService = {
    dependencies: ["bus_service", "orm"],

    start(env, {bus_service: bus, orm}) {
        /** Id → what its bar shows; those that are over stay until somebody has looked. */
        const state = reactive({bars: {}});
        /** @type {Map<Number, Set<Function>>} */
        const watchers = markRaw(new Map());
        const unknown = new Set();
        const naming = whenVisible(async () => {
            const ids = [...unknown];
            unknown.clear();
            await read(ids);
        }, GATHER);

        /** Those of a company that the user has not chosen at the top cannot be opened now. */
        function show(bar) {
            if (!user.activeCompanies.some(({id}) => id === bar.company_id)) {
                return;
            }
            const known = state.bars[bar.id];
            if (known) {
                Object.assign(known, bar);
            } else if (bar.name && UNDER_WAY.includes(bar.state)) {
                state.bars[bar.id] = bar;
            } else if (UNDER_WAY.includes(bar.state)) {
                unknown.add(bar.id);
                naming.ask();
            }
            for (const callback of watchers.get(bar.id) || []) {
                callback(bar);
            }
        }

        /** Who may not read one of them any more has no bar of it. */
        async function read(ids) {
            const bars = await orm.silent.call("kala.mass.send", "read_bars", [ids]);
            bars.forEach(show);
        }

        if (session.kala_mass_sends) {
            session.kala_mass_sends.forEach(show);
            bus.addChannel(TYPE);
            bus.subscribe(TYPE, show);
        }

        return {
            state,

            /**
             * @param {Number} id
             * @param {Function} callback called with the numbers each time they are told
             * @returns {Function} stops it
             */
            watch(id, callback) {
                if (!watchers.has(id)) {
                    watchers.set(id, new Set());
                }
                watchers.get(id).add(callback);
                return () => {
                    watchers.get(id).delete(callback);
                    if (!watchers.get(id).size) {
                        watchers.delete(id);
                    }
                };
            },

            /**
             * @param {Number} id
             * @param {String} method action_pause, action_resume, action_cancel,
             *  action_retry_failed
             */
            async act(id, method) {
                await orm.call("kala.mass.send", method, [[id]]);
                await read([id]);
            },

            /** What is over has been seen. */
            forgetOver() {
                for (const {id, state: of} of Object.values(state.bars)) {
                    if (!UNDER_WAY.includes(of)) {
                        delete state.bars[id];
                    }
                }
            },
        };
    },
};

registry.category("services").add("kala_comm.mass", massService);
