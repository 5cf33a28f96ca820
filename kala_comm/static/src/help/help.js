import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";

/**
 * A link to the page for people that explains a screen: `<widget name="kala_help" page="manager"/>`,
 * or `page_field="help_page"` where the record knows its page. The server knows where the pages are.
 */
export class KalaHelp extends Component {
    static template = "kala_comm.Help";
    static props = {
        page: {type: String, optional: true},
        pageField: {type: String, optional: true},
        record: {type: Object, optional: true},
        readonly: {type: Boolean, optional: true},
        class: {type: String, optional: true},
    };

    get href() {
        const {page, pageField, record} = this.props;
        return `/kala/help/${(pageField && record.data[pageField]) || page || "index"}`;
    }
}

registry.category("view_widgets").add("kala_help", {
    component: KalaHelp,
    extractProps: ({attrs}) => ({page: attrs.page, pageField: attrs.page_field}),
});
