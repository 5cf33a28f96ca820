import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {MailFrame} from "./mail_frame";

/** An e-mail as its reader sees it, in a form (EM3). */
export class KalaMailPreview extends Component {
    static template = "kala_comm.MailPreview";
    static components = {MailFrame};
    static props = {...standardFieldProps};

    get html() {
        return this.props.record.data[this.props.name] || "";
    }
}

registry.category("fields").add("kala_mail_preview", {
    component: KalaMailPreview,
    displayName: _t("Preview of an e-mail"),
    supportedTypes: ["text"],
});
