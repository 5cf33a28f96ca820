import {Component, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useOwnedDialogs, useService} from "@web/core/utils/hooks";
import {useRecordObserver} from "@web/model/relational_model/utils";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useMailEditor} from "./mail_editor";
import {MailLibraryDialog} from "./mail_library_dialog";

/** The text of an e-mail in a form (EM3): chosen from the library, edited, made anew, taken out. */
export class KalaMailLibrary extends Component {
    static template = "kala_comm.MailLibrary";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.addDialog = useOwnedDialogs();
        this.editor = useMailEditor((id) => this.put(id));
        this.chosen = useState({library: false});
        useRecordObserver((record) => this.load(record.data.template_id?.id));
    }

    get templateId() {
        return this.props.record.data.template_id?.id;
    }

    get editLabel() {
        return this.chosen.library ? _t("Make It My Own") : _t("Edit");
    }

    async load(id) {
        const rows = id ? await this.orm.read("kala.template", [id], ["library"]) : [];
        if (id === this.templateId) {
            this.chosen.library = Boolean(rows[0]?.library);
        }
    }

    choose() {
        const {company_id: company, model_name: model} = this.props.record.data;
        this.addDialog(MailLibraryDialog, {
            companyId: company?.id || false,
            templateId: this.templateId || false,
            model: model || "",
            onChosen: (id) => this.put(id),
        });
    }

    edit() {
        return this.editor.edit(this.templateId, this.chosen.library);
    }

    create() {
        this.editor.create();
    }

    /** It is taken out first, so that the preview of a changed text is asked for anew. */
    async put(id) {
        const [{display_name}] = await this.orm.read(
            "kala.template",
            [id],
            ["display_name"]
        );
        await this.remove();
        await this.props.record.update({template_id: {id, display_name}});
    }

    remove() {
        return this.props.record.update({template_id: false});
    }
}

registry.category("view_widgets").add("kala_mail_library", {
    component: KalaMailLibrary,
    fieldDependencies: [
        {name: "template_id", type: "many2one"},
        {name: "company_id", type: "many2one"},
        {name: "model_name", type: "char"},
    ],
});
