import {Component, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";

/** Pixels: a phone, a tablet, a mail client on a desk. */
const WIDTHS = [360, 600, 1000];
const NO_IMAGES = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
const WITH_IMAGES =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data: http: https:";

/** The rules of a frame stand first in its document, before all that they are about: it runs no
 * scripts and fetches nothing, unless somebody asks for images. */
export function guarded(html, images = false) {
    const policy = images ? WITH_IMAGES : NO_IMAGES;
    const rules = `<meta http-equiv="Content-Security-Policy" content="${policy}">`;
    return html.replace("<head>", `<head>${rules}`);
}

/** An e-mail as its reader sees it, in three widths (EM3). */
export class MailFrame extends Component {
    static template = "kala_comm.MailFrame";
    static props = {html: String};

    setup() {
        this.widths = WIDTHS;
        this.state = useState({width: 600, images: false});
    }

    get document() {
        return guarded(this.props.html, this.state.images);
    }

    widthLabel(width) {
        return _t("%(width)s px", {width});
    }
}
