import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {useService} from "@web/core/utils/hooks";

const ICONS = {
    ok: "fa-check text-success",
    else: "fa-exchange",
    cost: "fa-money",
    not: "fa-ban text-danger",
    end: "fa-clock-o",
};

/** Who will get a mass send and who not, and why, what it costs and when it ends (BR2). */
export class MassCheck extends Component {
    static template = "kala_comm.MassCheck";
    static props = {...standardFieldProps};

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
    }

    get lines() {
        const lines = this.props.record.data[this.props.name] || [];
        return lines.map((line) => ({...line, icon: ICONS[line.kind]}));
    }
    get isCounting() {
        return this.props.record.data.check_state === "running";
    }

    /** @param {String} which list, as the server knows it */
    async open(which) {
        const ids = [this.props.record.resId];
        await this.action.doAction(
            await this.orm.call("kala.mass.send", "action_open_counted", [ids, which])
        );
    }
}

registry.category("fields").add("kala_mass_check", {
    component: MassCheck,
    supportedTypes: ["json"],
    fieldDependencies: [{name: "check_state", type: "selection"}],
});
