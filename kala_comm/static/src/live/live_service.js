import {registry} from "@web/core/registry";

/**
 * Follows the communications of single records (LO4): one bus channel per record that some open
 * screen shows, none for the others.
 */
export const liveService = {
    dependencies: ["bus_service"],

    start(env, {bus_service: bus}) {
        /** @type {Map<string, Set<Function>>} */
        const watchers = new Map();

        bus.subscribe("kala_comm/changed", ({model, res_id: resId, ids}) => {
            const callbacks = watchers.get(channelOf(model, resId)) || [];
            for (const callback of [...callbacks]) {
                callback(ids);
            }
        });

        function channelOf(model, resId) {
            return `kala_comm/${model}/${resId}`;
        }

        /**
         * @param {String} model
         * @param {Number} resId
         * @param {Function} callback called each time the record's communications changed, with
         *  their ids
         * @returns {Function} stops watching
         */
        function watch(model, resId, callback) {
            const channel = channelOf(model, resId);
            if (!watchers.has(channel)) {
                watchers.set(channel, new Set());
                bus.addChannel(channel);
            }
            const callbacks = watchers.get(channel);
            callbacks.add(callback);
            return () => {
                callbacks.delete(callback);
                if (!callbacks.size && watchers.get(channel) === callbacks) {
                    watchers.delete(channel);
                    bus.deleteChannel(channel);
                }
            };
        }

        return {watch};
    },
};

registry.category("services").add("kala_comm.live", liveService);
