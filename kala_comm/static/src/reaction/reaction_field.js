import {Component, useState} from "@odoo/owl";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {useService} from "@web/core/utils/hooks";

/**
 * Our reaction to a message of a contact; a click changes it or takes it back (WA1).
 */
export class KalaReactionField extends Component {
    static template = "kala_comm.ReactionField";
    static components = {Dropdown, DropdownItem};
    static props = {...standardFieldProps};

    setup() {
        this.orm = useService("orm");
        this.known = useState({reactions: []});
    }

    /** What one may react with: asked when somebody wants to. */
    async load() {
        if (!this.known.reactions.length) {
            this.known.reactions = await this.orm.call(
                "kala.communication",
                "reactions",
                []
            );
        }
    }

    get value() {
        return this.props.record.data[this.props.name] || "";
    }

    get removeTitle() {
        return _t("Take the reaction back");
    }

    get title() {
        return this.value
            ? _t("Our reaction: %(emoji)s", {emoji: this.value})
            : _t("React");
    }

    async react(emoji) {
        const {record} = this.props;
        await this.orm.call("kala.communication", "action_react", [
            [record.resId],
            emoji,
        ]);
        // A form that has unsaved changes is kept up to date by its live widget.
        const {root} = record.model;
        if (!root.dirty) {
            await root.load();
        }
    }
}

registry.category("fields").add("kala_reaction", {
    component: KalaReactionField,
    displayName: _t("Our reaction"),
    supportedTypes: ["char"],
    fieldDependencies: [{name: "can_react", type: "boolean"}],
});
