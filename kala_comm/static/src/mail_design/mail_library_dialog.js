import {Component, onWillStart, useState} from "@odoo/owl";
import {ConfirmationDialog} from "@web/core/confirmation_dialog/confirmation_dialog";
import {Dialog} from "@web/core/dialog/dialog";
import {_t} from "@web/core/l10n/translation";
import {RecordSelector} from "@web/core/record_selectors/record_selector";
import {KeepLast} from "@web/core/utils/concurrency";
import {useOwnedDialogs, useService} from "@web/core/utils/hooks";
import {useMailEditor} from "./mail_editor";
import {MailFrame, guarded} from "./mail_frame";

const MODEL = "kala.template";
const FIELDS = ["name", "subject", "library", "preview_html"];
/** Pictures of e-mails that are shown at once; who has more looks for them by name. */
const LIMIT = 60;
/** Records on which an e-mail can be shown. */
const SHOWN_ON = ["crm.lead", "sale.order", "res.partner"];

/** The library of e-mails (EM3): designed ones, basic ones and one's own, each with its picture.
 * One of them is shown in three widths, on a record that one chooses; it is used, edited or
 * deleted. */
export class MailLibraryDialog extends Component {
    static template = "kala_comm.MailLibraryDialog";
    static components = {Dialog, MailFrame, RecordSelector};
    static props = {
        close: Function,
        companyId: [Number, {value: false}],
        templateId: [Number, {value: false}],
        model: String,
        onChosen: Function,
    };

    setup() {
        this.orm = useService("orm");
        this.addDialog = useOwnedDialogs();
        this.editor = useMailEditor((id) => this.reload(id));
        this.guarded = guarded;
        // An answer that comes after a later one was asked for is not shown.
        this.lists = new KeepLast();
        this.previews = new KeepLast();
        this.model = SHOWN_ON.includes(this.props.model)
            ? this.props.model
            : "res.partner";
        this.state = useState({
            kind: "designed",
            sought: "",
            rows: [],
            shown: null,
            recordId: false,
            preview: {subject: "", html: ""},
        });
        onWillStart(() => this.reload(this.props.templateId));
    }

    get kinds() {
        return [
            {kind: "designed", label: _t("Designed")},
            {kind: "basic", label: _t("Basic")},
            {kind: "own", label: _t("Your Own")},
        ];
    }

    get domain() {
        return [
            ["channel", "=", "email"],
            ["company_id", "in", [false, this.props.companyId]],
            ["user_id", "=", false],
            ["connection_id", "=", false],
        ];
    }

    get cards() {
        return this.state.rows.filter((row) => this.kindOf(row) === this.state.kind);
    }

    kindOf(row) {
        return row.library || "own";
    }

    async reload(id) {
        const rows = await this.lists.add(this.fetchRows(id));
        this.state.rows = rows;
        const shown = rows.find((row) => row.id === id);
        if (shown) {
            this.state.kind = this.kindOf(shown);
        }
        await this.show(shown || this.cards[0] || null);
    }

    /** The library comes whole, as it has a dozen; of one's own those that are sought. */
    async fetchRows(id) {
        const {sought} = this.state;
        const named = sought ? [["name", "ilike", sought]] : [];
        const [library, own] = await Promise.all(
            ["!=", "="].map((operator) =>
                this.orm.searchRead(
                    MODEL,
                    [...this.domain, ["library", operator, false], ...named],
                    FIELDS,
                    {limit: LIMIT, order: operator === "=" ? "id desc" : undefined}
                )
            )
        );
        const rows = [...library, ...own];
        if (id && !rows.some((row) => row.id === id)) {
            rows.push(...(await this.orm.read(MODEL, [id], FIELDS)));
        }
        return rows;
    }

    seek(ev) {
        this.state.sought = ev.target.value.trim();
        return this.reload(this.state.shown?.id);
    }

    turnTo(kind) {
        this.state.kind = kind;
        return this.show(this.cards[0] || null);
    }

    async show(row) {
        this.state.shown = row;
        this.state.preview = await this.previews.add(this.fetchPreview(row));
    }

    async fetchPreview(row) {
        if (!row) {
            return {subject: "", html: ""};
        }
        return this.orm.call(MODEL, "get_mail_preview", [row.id], {
            model: this.model,
            res_id: this.state.recordId,
        });
    }

    showOn(recordId) {
        this.state.recordId = recordId;
        return this.show(this.state.shown);
    }

    use() {
        this.props.onChosen(this.state.shown.id);
        this.props.close();
    }

    edit() {
        const {id, library} = this.state.shown;
        return this.editor.edit(id, library);
    }

    create() {
        this.editor.create();
    }

    /** One that a rule uses stays; the server names the rules. */
    remove() {
        const {id, name} = this.state.shown;
        this.addDialog(ConfirmationDialog, {
            title: _t("Delete “%(name)s”?", {name}),
            body: _t("It is gone for everybody."),
            confirmLabel: _t("Delete"),
            confirmClass: "btn-danger",
            cancel: () => {},
            confirm: async () => {
                await this.orm.unlink(MODEL, [id]);
                await this.reload();
            },
        });
    }
}
