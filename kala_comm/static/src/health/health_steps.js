import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {useService} from "@web/core/utils/hooks";

const METHODS = {test: "action_test_message", resend: "action_open_resend"};

/** What mends a connection, step by step: after each one a test message is offered, at the end what
 * failed is sent again (WA5). */
export class HealthSteps extends Component {
    static template = "kala_comm.HealthSteps";
    static props = {...standardFieldProps};

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
    }

    get steps() {
        return this.props.record.data[this.props.name] || [];
    }

    async press({button}) {
        const {record} = this.props;
        const action = await this.orm.call(record.resModel, METHODS[button], [
            [record.resId],
        ]);
        await this.action.doAction(action, {onClose: () => record.model.load()});
    }
}

registry.category("fields").add("kala_health_steps", {
    component: HealthSteps,
    displayName: _t("Steps that mend it"),
    supportedTypes: ["json"],
});
