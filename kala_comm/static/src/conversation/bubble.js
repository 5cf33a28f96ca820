import {Component, useState} from "@odoo/owl";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {useService} from "@web/core/utils/hooks";
import {htmlToTextContentInline} from "@mail/utils/common/format";
import {_t} from "@web/core/l10n/translation";
import {CHANNEL_ICONS} from "../channels";
import {BubbleFiles} from "./bubble_files";
import {CallChip} from "./call_chip";
import {reloadForm} from "./form_reload";
import {momentOf, remediesOf, tickOf, timeOf} from "./lines";

/** Characters of a text that is folded, since nobody reads the rest of the day's below it. */
const LONG = 1200;

/** One line of a conversation: a message, a call, an e-mail, a note or a change. */
export class Bubble extends Component {
    static template = "kala_comm.Bubble";
    static components = {BubbleFiles, CallChip, Dropdown, DropdownItem};
    static props = {
        line: Object,
        via: {type: String, optional: true},
        /** Who wrote, where it is another address than before. */
        contact: {type: String, optional: true},
        /** Name of the record, where it is another one than that of the conversation. */
        recordName: {type: String, optional: true},
        /** Records that competed for the message: {model, id, name}. */
        others: {type: Array, optional: true},
        /** Records that it may be attached to: {model, id, name}. */
        places: {type: Array, optional: true},
        isHit: {type: Boolean, optional: true},
        mayWrite: Boolean,
        onAct: Function,
        onAttach: {type: Function, optional: true},
        onJump: Function,
        onOpenRecord: Function,
        onQuote: Function,
        onReact: Function,
        onTemplate: Function,
    };

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.menu = useState({reactions: [], maySave: false});
        this.state = useState({isOpen: false, whole: "", mending: false, number: ""});
    }

    /** What one may do with a message is asked when somebody wants to. */
    async loadMenu() {
        if (this.isOurs || this.line.type !== "text") {
            return;
        }
        const told = await this.orm.silent.call(
            "kala.communication",
            "conversation_menu",
            [this.line.id]
        );
        this.menu.reactions = told.reactions;
        this.menu.maySave = told.may_save;
    }

    get line() {
        return this.props.line;
    }
    get icon() {
        return CHANNEL_ICONS[this.line.channel] || "fa-comment-o";
    }
    get time() {
        return timeOf(this.line);
    }
    get tick() {
        return this.isOurs ? tickOf(this.line) : {icon: "", title: ""};
    }
    get isOurs() {
        return this.line.side === "out";
    }
    get noteText() {
        return htmlToTextContentInline(this.line.html || "");
    }
    get waits() {
        return ["scheduled", "queued"].includes(this.line.state);
    }
    get waitWords() {
        if (!this.line.send_after || this.line.state !== "scheduled") {
            return "";
        }
        return _t("Leaves %(moment)s", {moment: momentOf(this.line.send_after)});
    }
    get remedies() {
        return this.props.mayWrite ? remediesOf(this.line) : [];
    }

    // ------------------------------------------------------------------ text

    get isLong() {
        return this.line.type !== "email" && (this.line.body || "").length > LONG;
    }
    get canUnfold() {
        return this.isLong || (this.line.type === "email" && Boolean(this.line.body));
    }
    get text() {
        return this.state.whole || this.line.body;
    }

    async unfold() {
        if (!this.state.isOpen && this.line.is_folded && !this.state.whole) {
            this.state.whole = await this.orm.silent.call(
                "kala.communication",
                "whole_text",
                [this.line.id]
            );
        }
        this.state.isOpen = !this.state.isOpen;
    }

    // ------------------------------------------------------------------ acting

    remedy({template, mend, method}) {
        if (template) {
            this.props.onTemplate(this.line);
        } else if (mend) {
            this.state.number = this.line.contact;
            this.state.mending = true;
        } else {
            this.props.onAct(method, this.line);
        }
    }

    async mend() {
        await this.props.onAct("action_mend_address", this.line, [this.state.number]);
        this.state.mending = false;
    }

    onMendKeydown(ev) {
        if (ev.key === "Enter") {
            ev.preventDefault();
            this.mend();
        } else if (ev.key === "Escape") {
            ev.stopPropagation();
            this.state.mending = false;
        }
    }

    async saveOnCard() {
        const words = await this.orm.call("kala.communication", "action_save_on_card", [
            this.line.id,
        ]);
        this.notification.add(words, {type: "success"});
        await reloadForm(this.env);
    }

    get mayTemplate() {
        const {type, body} = this.line;
        return this.isOurs && ["text", "email"].includes(type) && Boolean(body);
    }

    /** TE5: title and text are there, one click keeps them. */
    async saveAsTemplate() {
        const action = await this.orm.call(
            "kala.communication",
            "action_save_as_template",
            [this.line.id]
        );
        await this.action.doAction(action);
    }

    openDetails() {
        this.action.doAction({
            type: "ir.actions.act_window",
            name: _t("Communication"),
            res_model: "kala.communication",
            res_id: this.line.id,
            views: [[false, "form"]],
            target: "new",
        });
    }
}
