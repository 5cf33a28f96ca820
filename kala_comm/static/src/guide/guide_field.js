import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";

/** One thing to fill in on the page of a provider; it is kept when one leaves it. */
export class GuideField extends Component {
    static template = "kala_comm.GuideField";
    static props = {field: Object, onSave: Function};

    get id() {
        return `o_kala_guide_${this.props.field.name}`;
    }

    /** A secret does not come to the browser: that it is there is said. */
    get placeholder() {
        const {is_secret, is_set} = this.props.field;
        return is_secret && is_set
            ? _t("It is kept. Enter a new one to replace it.")
            : "";
    }

    onChange(ev) {
        const {name, type} = this.props.field;
        const value = type === "boolean" ? ev.target.checked : ev.target.value;
        return this.props.onSave(name, value);
    }
}
