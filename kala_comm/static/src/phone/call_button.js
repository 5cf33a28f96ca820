import {Component} from "@odoo/owl";
import {callNumber} from "./call";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";

/** Calls the first number of a record (SE1). */
export class CallButton extends Component {
    static template = "kala_comm.CallButton";
    static props = {...standardWidgetProps};

    get number() {
        return this.props.record.data.kala_call_number;
    }

    async onCall() {
        await callNumber(this.env, this.number);
    }
}

registry.category("view_widgets").add("kala_call_button", {
    component: CallButton,
    fieldDependencies: [{name: "kala_call_number", type: "char"}],
});
