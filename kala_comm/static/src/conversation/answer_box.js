import {
    Component,
    onWillDestroy,
    onWillStart,
    onWillUpdateProps,
    status,
    useRef,
    useState,
} from "@odoo/owl";
import {useAutoresize} from "@web/core/utils/autoresize";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {Mutex} from "@web/core/utils/concurrency";
import {useEmojiPicker} from "@web/core/emoji_picker/emoji_picker";
import {user} from "@web/core/user";
import {useService} from "@web/core/utils/hooks";
import {serializeDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {whenVisible} from "@kala_comm/live/when_visible";
import {AnswerChoice} from "./answer_choice";
import {choiceOf, useAnswerDraft} from "./answer_draft";
import {AnswerFileList, useAnswerFiles} from "./answer_files";
import {AnswerChosen, AnswerMore, AnswerTo} from "./answer_more";
import {useAnswerTemplates} from "./answer_templates";
import {AnswerText, isSendKey} from "./answer_text";
import {answeredWordsOf, countWordsOf, freeWordsOf, sendLabelOf} from "./answer_words";
import {reloadForm} from "./form_reload";

const {DateTime} = luxon;
/** Milliseconds: news of a record come several in a row. */
const GATHER = 500;

/**
 * The answer at the foot of a conversation (LO4, SE3, SE4): text first, all else one click away. The
 * button says what will happen.
 */
export class AnswerBox extends Component {
    static template = "kala_comm.AnswerBox";
    static components = {
        AnswerChoice,
        AnswerChosen,
        AnswerFileList,
        AnswerMore,
        AnswerTo,
        Dropdown,
        DropdownItem,
    };
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
        /** What was chosen reaches the server one after the other, and before what is sent. */
        this.choices = new Mutex();
        this.state = useState({
            facts: null,
            body: "",
            subject: "",
            sending: false,
            isPicking: false,
            sendAfter: "",
            changing: false,
        });
        this.setupParts();
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
            this.files.clear();
            this.draft.flush();
        });
    }

    setupParts() {
        const textRef = useRef("text");
        useAutoresize(textRef);
        this.text = new AnswerText(textRef, this.state);
        this.emoji = useEmojiPicker(useRef("emoji"), {
            onSelect: (emoji) => this.insert(emoji),
        });
        this.templates = useAnswerTemplates({
            boxId: () => this.facts.id,
            use: (template) => this.useTemplate(template),
        });
        this.fileInput = useRef("files");
        this.files = useAnswerFiles({
            facts: () => this.facts,
            label: () => this.channelLabel,
            attach: (id) => this.choose({attachment_ids: [[4, id]]}),
        });
    }

    // ------------------------------------------------------------------ facts

    /**
     * @param {Object} wishes channel, number, replyTo; composer: filled in by a button; templates:
     *     open their list
     */
    async begin(wishes, props = this.props) {
        await this.draft.flush();
        const facts = await this.readFacts(wishes, props);
        const draft = facts.draft || {};
        if (facts.draft) {
            this.draft.begin([props.model, props.resId], draft);
        }
        this.watch(props);
        this.files.clear();
        this.templates.close();
        Object.assign(this.state, {
            facts,
            // What a button has written goes before one's own draft, which stays.
            body: (wishes.composer && facts.body) || draft.body || "",
            subject: draft.subject || facts.subject || "",
            sendAfter: "",
            changing: false,
        });
        if (wishes.channel || wishes.replyTo) {
            this.text.focus();
        }
        if (wishes.templates) {
            await this.templates.find("");
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
                    composer: wishes.composer || false,
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

    get hint() {
        return this.facts.is_free
            ? _t("“/” for templates")
            : _t("Choose an approved template");
    }
    get isOpen() {
        return Boolean(this.facts?.id);
    }
    get isEmail() {
        return this.facts.channel === "email";
    }
    get channelLabel() {
        return this.facts.channels.find(({code}) => code === this.facts.channel)?.label;
    }

    change(values) {
        return this.choices.exec(() => this.writeChoice(values));
    }

    async writeChoice(values) {
        const enter = this.facts.enter_sends;
        this.state.facts = await this.orm.silent.call("kala.composer", "change_box", [
            [this.facts.id],
            values,
        ]);
        this.facts.enter_sends = enter;
        // What is typed meanwhile stays: only a template brings a text.
        if (values.template_id) {
            this.state.body = this.facts.body;
            this.state.subject = this.facts.subject;
        }
    }

    /** What the user chooses is a part of the draft. */
    async choose(values) {
        await this.change(values);
        this.keepDraft();
    }

    /** An address that only wrote here is put on the card (LO2). */
    async saveAddress(row) {
        const {words, facts} = await this.orm.call("kala.composer", "save_address", [
            [this.facts.id],
            row.id,
        ]);
        Object.assign(this.facts, facts);
        this.notification.add(words, {type: "success"});
        await reloadForm(this.env);
    }

    // ------------------------------------------------------------------ what will happen

    get freeWords() {
        return freeWordsOf(this.facts);
    }
    get sendLabel() {
        return sendLabelOf(this.facts, this.state);
    }
    get countLabel() {
        return countWordsOf(this.state.body);
    }
    get answeredWords() {
        return answeredWordsOf(this.draft.state.answered);
    }

    get canSend() {
        const {body, changing, sending} = this.state;
        if (changing) {
            return body.trim() && !sending;
        }
        const {documents, files, is_free, refusal, template, with_document} =
            this.facts;
        // An e-mail has the order with it by itself: that alone is no message.
        const hasFiles =
            files.length ||
            (with_document && !this.isEmail) ||
            documents.some((d) => d.is_chosen);
        return (
            (body.trim() || hasFiles) &&
            !sending &&
            !this.files.isBusy &&
            !refusal &&
            (is_free || Boolean(template))
        );
    }

    // ------------------------------------------------------------------ typing

    onInput(ev) {
        this.state.body = ev.target.value;
        this.keepDraft();
        this.templates.onTyped(this.text.before);
    }

    onKeydown(ev) {
        if (this.templates.onKey(ev)) {
            ev.preventDefault();
            ev.stopPropagation();
        } else if (isSendKey(ev, this.facts.enter_sends)) {
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
            this.text.blur();
        }
    }

    insert(words) {
        this.text.insert(words);
        this.keepDraft();
    }

    /**
     * A text of ours stands in the place of the "/"; an approved one is the whole message, and so is
     * one that nothing was written beside: it brings its subject, line and files along.
     */
    async useTemplate(template) {
        this.templates.close();
        if (template.is_approved || this.text.isBare) {
            await this.change({template_id: template.id});
        } else {
            this.text.insertForSlash(template.text);
            if (template.files.length) {
                // Of several templates in one message, the files of each come along (TE5).
                await this.change({
                    attachment_ids: template.files.map((id) => [4, id]),
                });
            }
        }
        this.keepDraft();
        this.text.focus();
    }

    onChosen(ev) {
        this.files.add([...ev.target.files]);
        ev.target.value = "";
    }

    removeFile(file) {
        return this.choose({attachment_ids: [[3, file.id]]});
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
            await this.choices.getUnlockedDef();
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
            // Who sends and goes on has left this box meanwhile.
            if (status(this) !== "destroyed") {
                await this.begin({channel: this.facts.channel});
            }
        } finally {
            this.state.sending = false;
        }
    }

    // ------------------------------------------------------------------ drafts

    keepDraft() {
        if (!this.state.changing && !this.state.sending) {
            const {body, subject} = this.state;
            if (body || this.facts.files.length || this.draft.state.version) {
                this.draft.keep({body, subject, ...choiceOf(this.facts)});
            }
        }
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
