import {Component, useState} from "@odoo/owl";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {FileModelMixin} from "@web/core/file_viewer/file_model";
import {useFileViewer} from "@web/core/file_viewer/file_viewer_hook";
import {useService} from "@web/core/utils/hooks";
import {htmlToTextContentInline} from "@mail/utils/common/format";
import {_t} from "@web/core/l10n/translation";
import {CHANNEL_ICONS} from "../channels";
import {callNumber} from "../phone/call";
import {callWords, isMissed, momentOf, tickOf, timeOf} from "./lines";

class File extends FileModelMixin(class {}) {
    constructor(values) {
        super();
        Object.assign(this, values, {type: "binary"});
    }
}

/** One line of a conversation: a message, a call, an e-mail, a note or a change. */
export class Bubble extends Component {
    static template = "kala_comm.Bubble";
    static components = {Dropdown, DropdownItem};
    static props = {
        line: Object,
        via: {type: String, optional: true},
        /** Name of the record, where it is another one than that of the conversation. */
        recordName: {type: String, optional: true},
        isHit: {type: Boolean, optional: true},
        mayWrite: Boolean,
        onAct: Function,
        onJump: Function,
        onOpenRecord: Function,
        onQuote: Function,
        onReact: Function,
        onTemplate: Function,
    };

    setup() {
        this.fileViewer = useFileViewer();
        this.action = useService("action");
        this.orm = useService("orm");
        this.broken = useState(new Set());
        this.menu = useState({reactions: []});
    }

    /** What one may do with a message is asked when somebody wants to. */
    async loadMenu() {
        if (this.isOurs || this.line.type !== "text") {
            return;
        }
        const [{can_react: canReact}] = await this.orm.read(
            "kala.communication",
            [this.line.id],
            ["can_react"]
        );
        this.menu.reactions = canReact
            ? await this.orm.call("kala.communication", "reactions", [])
            : [];
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
        return this.line.side === "out" ? tickOf(this.line) : {icon: "", title: ""};
    }
    get callWords() {
        return callWords(this.line);
    }
    get isMissed() {
        return isMissed(this.line);
    }
    get isOurs() {
        return this.line.side === "out";
    }
    get noteText() {
        return htmlToTextContentInline(this.line.html || "");
    }
    get files() {
        return this.line.files.map((values) => new File(values));
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

    /** The one thing that can help a message that failed, or of which nobody knows. */
    get remedies() {
        const {state, failure_kind: kind} = this.line;
        if (!this.props.mayWrite || !this.isOurs) {
            return [];
        }
        if (state === "unknown") {
            return [
                {label: _t("It arrived"), method: "action_arrived"},
                {label: _t("Send again"), method: "action_resend"},
            ];
        }
        if (state !== "failed") {
            return [];
        }
        if (kind === "window") {
            return [{label: _t("Choose a template"), template: true}];
        }
        if (kind === "address") {
            return [{label: _t("Mend the number"), record: true}];
        }
        if (kind === "consent") {
            return [];
        }
        return [{label: _t("Send again"), method: "action_resend"}];
    }

    remedy(remedy) {
        if (remedy.template) {
            this.props.onTemplate(this.line);
        } else if (remedy.record) {
            this.props.onOpenRecord(this.line);
        } else {
            this.props.onAct(remedy.method, this.line);
        }
    }

    openFile(file) {
        if (file.isViewable) {
            this.fileViewer.open(file, this.files);
        } else {
            window.open(file.downloadUrl, "_blank", "noopener");
        }
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

    callBack() {
        callNumber(this.env, this.line.contact);
    }
}
