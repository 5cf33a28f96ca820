import {Component, onWillStart, status, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {user} from "@web/core/user";
import {useService} from "@web/core/utils/hooks";
import {countWords} from "./words";

/** Counting stops here. */
const LIMIT = 1000;

/** What came in and could not be read is in no conversation: managers are told of it here (TA4). */
export class InboxNotice extends Component {
    static template = "kala_comm.InboxNotice";
    static props = {};

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.state = useState({count: 0});
        onWillStart(() => {
            this.read();
        });
    }

    async read() {
        const isManager = await user.hasGroup("kala_comm.group_manager");
        // Who left the page meanwhile asks for nothing.
        if (isManager && status(this) !== "destroyed") {
            this.state.count = await this.orm.silent.searchCount(
                "kala.inbound.item",
                [["state", "=", "dead"]],
                {limit: LIMIT}
            );
        }
    }

    get words() {
        return _t("Could not be read: %(count)s", {
            count: countWords(this.state.count, LIMIT),
        });
    }

    open() {
        return this.action.doAction("kala_comm.kala_inbound_item_action");
    }
}
