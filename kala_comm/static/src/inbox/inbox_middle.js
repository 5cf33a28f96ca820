import {
    Component,
    onMounted,
    onWillUnmount,
    useEffect,
    useRef,
    useState,
} from "@odoo/owl";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {_t} from "@web/core/l10n/translation";
import {Conversation} from "../conversation/conversation";
import {putOffWords, titleOf} from "./words";

/** Says that the conversation inside is on the screen. */
class Shown extends Component {
    static template = "kala_comm.InboxShown";
    static components = {Conversation};
    static props = {place: Object, onShown: Function, onSent: Function};

    setup() {
        onMounted(() => this.props.onShown(this.props.place));
    }
}

/**
 * The conversation in the middle of the Inbox. While another one is being read, the old one takes
 * neither keys nor clicks: nobody writes to whom he does not mean.
 */
export class InboxMiddle extends Component {
    static template = "kala_comm.InboxMiddle";
    static components = {Dropdown, DropdownItem, Shown};
    static props = {
        queue: Object,
        /** Gets `answer`: puts the cursor into the answer box. */
        handle: Object,
        onAct: Function,
        onBack: Function,
        onCard: Function,
        onSent: Function,
        onShown: Function,
    };

    setup() {
        this.queue = useState(this.props.queue);
        this.root = useRef("root");
        this.shown = null;
        this.wantsAnswer = false;
        this.props.handle.answer = () => this.answer();
        this.props.handle.leave = (key) => this.leave(key);
        this.props.handle.isAwaited = () => this.wantsAnswer;
        useEffect(
            (key) => {
                if (!key) {
                    this.shown = null;
                    this.wantsAnswer = false;
                }
            },
            () => [this.queue.chosen?.key]
        );
        onWillUnmount(() => {
            this.props.handle.answer = null;
            this.props.handle.leave = null;
            this.props.handle.isAwaited = null;
        });
    }

    get title() {
        const row = this.queue.chosenRow;
        return row ? titleOf(row) : {name: "", about: ""};
    }
    /** What can be done with the conversation, beside answering. */
    get actions() {
        const isUnread = this.queue.chosenRow?.unread;
        const all = [
            {what: "assign", key: "A", icon: "fa-user-plus", label: _t("Assign")},
            {what: "put_off", key: "S", icon: "fa-clock-o", label: _t("Put off")},
            {
                what: "mark",
                key: "U",
                icon: isUnread ? "fa-envelope-open-o" : "fa-envelope-o",
                label: isUnread ? _t("Mark as read") : _t("Mark as unread"),
            },
            {what: "done", key: "E", icon: "fa-check", label: _t("Done")},
            {
                what: "facts",
                key: "I",
                icon: "fa-info-circle",
                label: _t("About the record"),
            },
        ];
        return all.map((one) => ({
            ...one,
            title: `${one.label} (${one.key})`,
            isNamed:
                !this.env.isSmall && ["assign", "put_off", "done"].includes(one.what),
            // A telephone has room for these two in the head.
            isBeside: !this.env.isSmall || ["assign", "done"].includes(one.what),
            act: () =>
                one.what === "facts" ? this.props.onCard() : this.props.onAct(one.what),
        }));
    }
    get putOff() {
        return this.queue.chosenRow ? putOffWords(this.queue.chosenRow) : "";
    }

    /** Another conversation is on its way: the old one is not written in any more. */
    leave(key) {
        this.wantsAnswer = false;
        const el = this.root.el?.querySelector(".o_kala_inbox_shown");
        if (el && key !== this.shown?.key) {
            el.inert = true;
        }
    }

    onShown(place) {
        this.shown = place;
        if (this.wantsAnswer) {
            this.wantsAnswer = false;
            this.focus();
        }
        this.props.onShown();
    }

    answer() {
        if (this.shown?.round === this.queue.chosen?.round) {
            this.focus();
        } else {
            this.wantsAnswer = true;
        }
    }

    focus() {
        this.root.el?.querySelector(".o_kala_answer textarea")?.focus();
    }
}
