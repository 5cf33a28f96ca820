import {
    Component,
    onWillDestroy,
    onWillStart,
    onWillUpdateProps,
    useRef,
    useState,
} from "@odoo/owl";
import {useAutoresize} from "@web/core/utils/autoresize";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {useEmojiPicker} from "@web/core/emoji_picker/emoji_picker";
import {user} from "@web/core/user";
import {useService} from "@web/core/utils/hooks";
import {deserializeDateTime, serializeDateTime} from "@web/core/l10n/dates";
import {getDataURLFromFile} from "@web/core/utils/urls";
import {_t} from "@web/core/l10n/translation";
import {whenVisible} from "@kala_comm/live/when_visible";
import {CHANNEL_ICONS} from "../channels";
import {useAnswerDraft} from "./answer_draft";
import {momentOf} from "./lines";

const {DateTime} = luxon;
/** Milliseconds: news of a record come several in a row. */
const GATHER = 500;
/** Bytes of a file that is taken here; more is a file for another way. */
const LARGEST = 64 * 1024 * 1024;

/**
 * The answer at the foot of a conversation (LO4, SE3, SE4): text first, all else one click away. The
 * button says what will happen.
 */
export class AnswerBox extends Component {
    static template = "kala_comm.AnswerBox";
    static components = {Dropdown, DropdownItem};
    static props = {
        model: String,
        resId: Number,
        /** Channel that the contact used last. */
        preferred: {type: String, optional: true},
        start: {type: Object, optional: true},
        /** Object that gets the function `open`, for who stands around the box. */
        handle: Object,
        onSent: Function,
    };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.live = useService("kala_comm.live");
        this.draft = useAnswerDraft();
        this.text = useRef("text");
        this.picker = useRef("picker");
        this.fileInput = useRef("files");
        useAutoresize(this.text);
        this.emoji = useEmojiPicker(useRef("emoji"), {
            onSelect: (emoji) => this.insert(emoji),
        });
        this.state = useState({
            facts: null,
            body: "",
            subject: "",
            sending: false,
            templates: null,
            chosen: 0,
            isPicking: false,
            sendAfter: "",
            changing: false,
        });
        this.news = whenVisible(() => this.draft.ask(), GATHER);
        this.props.handle.open = (wishes) => this.begin(wishes);
        onWillStart(() => this.begin(this.props.start || {}, this.props));
        onWillUpdateProps(async (next) => {
            if (next.model !== this.props.model || next.resId !== this.props.resId) {
                await this.begin(next.start || {}, next);
            }
        });
        onWillDestroy(() => {
            this.stopWatching?.();
            this.news.stop();
            this.draft.flush();
        });
    }

    // ------------------------------------------------------------------ facts

    /** @param {Object} wishes channel, number, replyTo; templates: open their list */
    async begin(wishes, props = this.props) {
        await this.draft.flush();
        const facts = await this.readFacts(wishes, props);
        const draft = facts.draft || {};
        if (facts.draft) {
            this.draft.begin([props.model, props.resId], draft);
        }
        this.watch(props);
        Object.assign(this.state, {
            facts,
            body: draft.body || "",
            subject: draft.subject || facts.subject || "",
            templates: null,
            sendAfter: "",
            changing: false,
        });
        if (wishes.channel || wishes.replyTo) {
            this.text.el?.focus();
        }
        if (wishes.templates) {
            await this.findTemplates("");
        }
    }

    /** A colleague may answer while one writes (LO10). */
    watch({model, resId}) {
        this.stopWatching?.();
        this.stopWatching = this.live.watch(model, resId, () => this.news.ask());
    }

    /** Where the box cannot be opened, it says why; the form around it is shown all the same. */
    async readFacts(wishes, props) {
        try {
            return await this.orm.silent.call(
                "kala.composer",
                "open_box",
                [props.model, props.resId],
                {
                    channel: wishes.channel || props.preferred || false,
                    reply_to: wishes.replyTo || false,
                    number: wishes.number || false,
                }
            );
        } catch (error) {
            const refusal =
                error.data?.message || _t("The answer box cannot be opened now.");
            return {refusal};
        }
    }

    get facts() {
        return this.state.facts;
    }
    get isOpen() {
        return Boolean(this.facts?.id);
    }
    get icon() {
        return CHANNEL_ICONS[this.facts.channel] || "fa-comment-o";
    }
    get isEmail() {
        return this.facts.channel === "email";
    }
    get channelLabel() {
        return this.facts.channels.find(({code}) => code === this.facts.channel)?.label;
    }
    get address() {
        return this.facts.addresses.find(({id}) => id === this.facts.address_id);
    }
    get line() {
        return this.facts.lines.find(({id}) => id === this.facts.line_id);
    }

    async change(values) {
        const kept = {body: this.state.body, subject: this.state.subject};
        const enter = this.facts.enter_sends;
        this.state.facts = await this.orm.silent.call("kala.composer", "change_box", [
            [this.facts.id],
            values,
        ]);
        this.facts.enter_sends = enter;
        if (values.template_id) {
            this.state.body = this.facts.body;
            this.state.subject = this.facts.subject;
        } else {
            Object.assign(this.state, kept);
        }
    }

    // ------------------------------------------------------------------ what will happen

    get freeWords() {
        if (!this.facts.free_until || !this.facts.is_free) {
            return "";
        }
        const left = deserializeDateTime(this.facts.free_until).diff(DateTime.local(), [
            "hours",
            "minutes",
        ]);
        return _t("Free text for %(hours)s h %(minutes)s", {
            hours: Math.max(0, left.hours),
            minutes: String(Math.max(0, Math.floor(left.minutes))).padStart(2, "0"),
        });
    }

    get sendLabel() {
        if (this.state.changing) {
            return _t("Change");
        }
        if (!this.facts.is_free && !this.facts.template) {
            return _t("Template only");
        }
        if (this.state.sendAfter) {
            return _t("Leaves %(moment)s", {moment: momentOf(this.state.sendAfter)});
        }
        if (this.facts.opens_at) {
            return _t("Leaves %(moment)s", {moment: momentOf(this.facts.opens_at)});
        }
        return _t("Send");
    }

    /** Characters as people count them: an emoji of two code units is one. */
    get countLabel() {
        const count = [...this.state.body].length;
        return count === 1 ? _t("1 character") : _t("%(count)s characters", {count});
    }

    get canSend() {
        if (this.state.changing) {
            return this.state.body.trim() && !this.state.sending;
        }
        const hasText = this.state.body.trim() || this.facts.files.length;
        return (
            hasText &&
            !this.state.sending &&
            !this.facts.refusal &&
            (this.facts.is_free || Boolean(this.facts.template))
        );
    }

    // ------------------------------------------------------------------ typing

    onInput(ev) {
        this.state.body = ev.target.value;
        this.keepDraft();
        const before = ev.target.value.slice(0, ev.target.selectionStart);
        const asked = /(?:^|\s)\/([^/\n]{0,40})$/.exec(before);
        if (asked) {
            this.findTemplates(asked[1]);
        } else {
            this.state.templates = null;
        }
    }

    onKeydown(ev) {
        const {templates} = this.state;
        if (templates?.length && this.onTemplateKey(ev, templates)) {
            ev.preventDefault();
            ev.stopPropagation();
        } else if (this.isSendKey(ev)) {
            ev.preventDefault();
            this.send();
        } else if (ev.key === "ArrowUp" && !this.state.body) {
            ev.preventDefault();
            this.changeWaiting();
        } else if (ev.key === "Escape" && this.state.changing) {
            ev.stopPropagation();
            this.leaveWaiting();
        } else if (ev.key === "Escape") {
            ev.stopPropagation();
            this.text.el.blur();
        }
    }

    /** An input method ends a word by Enter, too. */
    isSendKey(ev) {
        const isAlone = !ev.shiftKey && !ev.altKey && !ev.isComposing;
        return (
            ev.key === "Enter" &&
            (ev.ctrlKey || ev.metaKey || (this.facts.enter_sends && isAlone))
        );
    }

    onTemplateKey(ev, templates) {
        const steps = {ArrowDown: 1, ArrowUp: -1};
        if (ev.key in steps) {
            const count = templates.length;
            this.state.chosen = (this.state.chosen + steps[ev.key] + count) % count;
            return true;
        }
        if (ev.key === "Enter" || ev.key === "Tab") {
            this.useTemplate(templates[this.state.chosen]);
            return true;
        }
        if (ev.key === "Escape") {
            this.state.templates = null;
            return true;
        }
        return false;
    }

    /** Put something in the place of the cursor. */
    insert(words) {
        const el = this.text.el;
        const start = el ? el.selectionStart : this.state.body.length;
        const end = el ? el.selectionEnd : start;
        this.state.body =
            this.state.body.slice(0, start) + words + this.state.body.slice(end);
        this.keepDraft();
        if (el) {
            el.value = this.state.body;
            el.focus();
            el.setSelectionRange(start + words.length, start + words.length);
        }
    }

    // ------------------------------------------------------------------ templates

    async findTemplates(text) {
        this.state.chosen = 0;
        this.state.templates = await this.orm.silent.call(
            "kala.composer",
            "find_templates",
            [[this.facts.id], text]
        );
    }

    /**
     * A text of ours stands in the place of the "/"; an approved one is the whole message, and so is
     * one that nothing was written beside: it brings its subject, line and files along.
     */
    async useTemplate(template) {
        this.state.templates = null;
        const isAlone = /^\s*(\/[^/\n]*)?$/.test(this.state.body);
        if (template.is_approved || isAlone) {
            await this.change({template_id: template.id});
            this.keepDraft();
        } else {
            const el = this.text.el;
            const cursor = el.selectionStart;
            const before = this.state.body.slice(0, cursor);
            const slash = before.lastIndexOf("/");
            const isAsked = slash >= 0 && !before.slice(slash).includes("\n");
            el.setSelectionRange(isAsked ? slash : cursor, cursor);
            this.insert(template.text);
        }
        this.text.el?.focus();
    }

    // ------------------------------------------------------------------ files

    onPaste(ev) {
        const files = [...(ev.clipboardData?.files || [])];
        if (files.length) {
            ev.preventDefault();
            this.addFiles(files);
        }
    }

    onDrop(ev) {
        const files = [...(ev.dataTransfer?.files || [])];
        if (files.length) {
            ev.preventDefault();
            this.addFiles(files);
        }
    }

    onChosen(ev) {
        this.addFiles([...ev.target.files]);
        ev.target.value = "";
    }

    async addFiles(files) {
        if (!this.facts.takes_files) {
            this.notification.add(
                _t("%(channel)s takes no files. Choose another channel.", {
                    channel: this.channelLabel,
                }),
                {type: "warning"}
            );
            return;
        }
        const tooLarge = files.find((file) => file.size > LARGEST);
        if (tooLarge) {
            this.notification.add(
                _t("“%(name)s” is too large. Choose a smaller file.", {
                    name: tooLarge.name,
                }),
                {type: "warning"}
            );
            return;
        }
        const values = await Promise.all(
            files.map(async (file) => ({
                name: file.name,
                datas: (await getDataURLFromFile(file)).split(",")[1],
                res_model: "kala.composer",
                res_id: this.facts.id,
            }))
        );
        const ids = await this.orm.create("ir.attachment", values);
        await this.change({attachment_ids: ids.map((id) => [4, id])});
    }

    removeFile(file) {
        return this.change({attachment_ids: [[3, file.id]]});
    }

    // ------------------------------------------------------------------ when

    get tomorrow() {
        return DateTime.local().plus({days: 1}).set({hour: 9, minute: 0, second: 0});
    }

    sendAt(moment) {
        this.state.sendAfter = serializeDateTime(moment);
        this.state.isPicking = false;
    }

    onPicked(ev) {
        const moment = DateTime.fromISO(ev.target.value);
        if (moment.isValid) {
            this.sendAt(moment);
        }
    }

    // ------------------------------------------------------------------ sending

    async send() {
        if (!this.canSend) {
            return;
        }
        if (this.state.changing) {
            await this.saveWaiting();
            return;
        }
        this.state.sending = true;
        try {
            // What is still on its way to the server would come after what is sent.
            await this.draft.flush();
            const {body, subject, sendAfter} = this.state;
            const {ids} = await this.orm.call("kala.composer", "send_box", [
                [this.facts.id],
                {
                    body,
                    ...(this.isEmail ? {subject} : {}),
                    send_when: sendAfter ? "later" : "now",
                    send_after: sendAfter || false,
                },
            ]);
            this.draft.drop();
            this.state.body = "";
            this.props.onSent(ids);
            await this.begin({channel: this.facts.channel});
        } finally {
            this.state.sending = false;
        }
    }

    // ------------------------------------------------------------------ drafts

    keepDraft() {
        if (!this.state.changing) {
            const {body, subject} = this.state;
            this.draft.keep({body, subject, channel: this.facts.channel});
        }
    }

    get answeredWords() {
        const {answered} = this.draft.state;
        return answered
            ? _t("%(who)s answered at %(time)s, while you were writing.", {
                  who: answered.who,
                  time: momentOf(answered.date),
              })
            : "";
    }

    async addOther() {
        this.state.body = `${this.state.body}\n${this.draft.state.other}`;
        this.keepDraft();
        await this.draft.flush();
        await this.draft.dismissOther();
    }

    // ------------------------------------------------------------------ what still waits

    /** ↑ in an empty box: the last message that has not left is changed in place (WI4). */
    async changeWaiting() {
        const found = await this.orm.silent.call("kala.composer", "find_waiting", [
            [this.facts.id],
        ]);
        if (found && !this.state.body) {
            this.state.changing = found.id;
            this.state.body = found.body;
        }
    }

    leaveWaiting() {
        this.state.changing = false;
        this.state.body = "";
    }

    async saveWaiting() {
        const {changing, body} = this.state;
        this.state.sending = true;
        try {
            await this.orm.call("kala.composer", "save_waiting", [
                [this.facts.id],
                changing,
                body,
            ]);
            this.leaveWaiting();
            this.props.onSent([changing]);
        } finally {
            this.state.sending = false;
        }
    }

    /** Whether Enter sends, or begins a new line: the user's own choice. */
    async switchEnter() {
        const value = !this.facts.enter_sends;
        await this.orm.write("res.users", [user.userId], {kala_enter_sends: value});
        this.facts.enter_sends = value;
    }
}
