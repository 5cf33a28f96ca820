import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {WeekEditor} from "./week_editor";
import {firstDays} from "./week";

/**
 * A send window as a week (WI1): seven days with their hours, several a day, or closed. The calendar
 * stays Odoo's; what others go by as well is left to them.
 */
export class KalaWeekField extends Component {
    static template = "kala_comm.WeekField";
    static components = {WeekEditor};
    static props = {
        ...standardFieldProps,
        calendar: {type: String},
        placeholder: {type: String, optional: true},
    };

    get week() {
        return this.props.record.data[this.props.name] || null;
    }

    begin() {
        return this.change(firstDays());
    }

    /** @param {Object[]} days */
    change(days) {
        const week = {...(this.week || {is_plain: true}), days, is_changed: true};
        return this.props.record.update({[this.props.name]: week});
    }

    /** Texts leave at any time again. */
    end() {
        return this.props.record.update({
            [this.props.name]: false,
            [this.props.calendar]: false,
        });
    }
}

registry.category("fields").add("kala_week", {
    component: KalaWeekField,
    displayName: _t("Week"),
    supportedTypes: ["json"],
    extractProps: ({attrs, options}) => ({
        calendar: options.calendar,
        placeholder: attrs.placeholder,
    }),
});
