import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {CHANNEL_ICONS, UNANSWERED, isCall} from "../channels";

/** The channel of a communication as an icon, with an arrow for its direction. */
export class KalaChannelField extends Component {
    static template = "kala_comm.ChannelField";
    static props = {...standardFieldProps, withLabel: {type: Boolean, optional: true}};

    get value() {
        return this.props.record.data[this.props.name];
    }

    get isIncoming() {
        return this.props.record.data.direction === "in";
    }

    get isMissed() {
        return (
            isCall(this.value) &&
            this.isIncoming &&
            UNANSWERED.includes(this.props.record.data.call_status)
        );
    }

    get label() {
        const option = this.props.record.fields[this.props.name].selection.find(
            ([value]) => value === this.value
        );
        return option ? option[1] : "";
    }

    get title() {
        return this.isIncoming
            ? _t("Incoming: %(channel)s", {channel: this.label})
            : _t("Outgoing: %(channel)s", {channel: this.label});
    }

    get icon() {
        return CHANNEL_ICONS[this.value] || "fa-question";
    }
}

registry.category("fields").add("kala_channel", {
    component: KalaChannelField,
    displayName: _t("Channel and direction"),
    supportedTypes: ["selection"],
    fieldDependencies: [
        {name: "direction", type: "selection"},
        {name: "call_status", type: "selection"},
    ],
    extractProps: ({options}) => ({withLabel: Boolean(options.label)}),
});
