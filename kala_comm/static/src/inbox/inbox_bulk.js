import {Component, useState} from "@odoo/owl";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";

const KINDS = {
    "crm.lead": (count) => _t("Leads: %(count)s", {count}),
    "sale.order": (count) => _t("Orders: %(count)s", {count}),
    "res.partner": (count) => _t("Customers: %(count)s", {count}),
};

/** What can be done with several rows at once. */
export class InboxBulk extends Component {
    static template = "kala_comm.InboxBulk";
    static components = {Dropdown, DropdownItem};
    static props = {queue: Object, onAct: Function};

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.queue = useState(this.props.queue);
    }

    get words() {
        return _t("%(count)s selected", {count: this.queue.picked.length});
    }

    /** One writes to records of one kind at a time. */
    get kinds() {
        const ids = new Map();
        for (const key of this.queue.picked) {
            const [model, id] = key.split(",");
            ids.set(model, [...(ids.get(model) || []), Number(id)]);
        }
        return [...ids].map(([model, of]) => ({
            model,
            ids: of,
            label: KINDS[model]?.(of.length) || model,
        }));
    }

    async send({model, ids}) {
        await this.action.doAction(
            await this.orm.call(model, "action_kala_compose", [ids])
        );
    }
}
