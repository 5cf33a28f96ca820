import {ListController} from "@web/views/list/list_controller";
import {onWillUnmount} from "@odoo/owl";
import {patch} from "@web/core/utils/patch";
import {useService} from "@web/core/utils/hooks";
import {whenVisible} from "@kala_comm/live/when_visible";

/** The column that a message changes (LO6). */
const COLUMN = "kala_last_communication_date";
/** Milliseconds: the column is written a moment after the message has left. */
const GATHER = 3000;

/**
 * Who writes from a list sees in its column that he did, without a reload (LO6): the records that
 * he wrote to from there are followed as long as the list is open.
 */
patch(ListController.prototype, {
    setup() {
        super.setup(...arguments);
        this.kalaLive = useService("kala_comm.live");
        this.kalaRefresh = whenVisible(() => this.kalaReload(), GATHER);
        /** @type {Map<Number, Function>} */
        this.kalaWatched = new Map();
        onWillUnmount(() => {
            this.kalaRefresh.stop();
            this.kalaWatched.forEach((stopWatching) => stopWatching());
        });
    },

    async afterExecuteActionButton(clickParams) {
        if (clickParams.name === "action_kala_compose" && COLUMN in this.props.fields) {
            this.model.root.selection.forEach(({resId}) => this.kalaWatch(resId));
        }
        return super.afterExecuteActionButton(...arguments);
    },

    kalaWatch(resId) {
        if (!this.kalaWatched.has(resId)) {
            const stopWatching = this.kalaLive.watch(
                this.props.resModel,
                resId,
                this.kalaRefresh.ask
            );
            this.kalaWatched.set(resId, stopWatching);
        }
    },

    /** Rows that are chosen stay chosen; what somebody is typing is left alone. */
    async kalaReload() {
        const list = this.model.root;
        if (list.editedRecord) {
            return;
        }
        const chosen = new Set(list.selection.map(({resId}) => resId));
        await list.load();
        list.records
            .filter(({resId}) => chosen.has(resId))
            .forEach((record) => record.toggleSelection(true));
    },
});
