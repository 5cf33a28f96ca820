import {Component, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/** Pixels: a phone, a tablet, a mail client on a desk. */
const WIDTHS = [360, 600, 1000];
const NO_IMAGES = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
const WITH_IMAGES =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data: http: https:";

/** An e-mail as its reader sees it, in three widths (EM3). Its frame runs no scripts and fetches
 * nothing; images come when somebody asks for them. */
export class KalaMailPreview extends Component {
    static template = "kala_comm.MailPreview";
    static props = {...standardFieldProps};

    setup() {
        this.widths = WIDTHS;
        this.state = useState({width: 600, images: false});
    }

    get html() {
        return this.props.record.data[this.props.name] || "";
    }

    /** The rules of the frame stand first in the document, before all that they are about. */
    get document() {
        const policy = this.state.images ? WITH_IMAGES : NO_IMAGES;
        const rules = `<meta http-equiv="Content-Security-Policy" content="${policy}">`;
        return this.html.replace("<head>", `<head>${rules}`);
    }

    widthLabel(width) {
        return _t("%(width)s px", {width});
    }
}

registry.category("fields").add("kala_mail_preview", {
    component: KalaMailPreview,
    displayName: _t("Preview of an e-mail"),
    supportedTypes: ["text"],
});
