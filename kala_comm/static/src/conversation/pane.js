import {Component, onWillStart, useEffect, useState} from "@odoo/owl";
import {Chatter} from "@mail/chatter/web_portal/chatter";
import {FormRenderer} from "@web/views/form/form_renderer";
import {_t} from "@web/core/l10n/translation";
import {patch} from "@web/core/utils/patch";
import {user} from "@web/core/user";
import {useHotkey} from "@web/core/hotkeys/hotkey_hook";
import {useService} from "@web/core/utils/hooks";
import {RECORD_MODELS} from "../channels";
import {whenVisible} from "../live/when_visible";
import {Conversation} from "./conversation";

/** Milliseconds in which news are gathered before they are counted. */
const GATHER = 1000;

/**
 * Stands in the chatter's place on a record with communications (LO2): beside the form, two tabs;
 * where Odoo puts the chatter below the form, a drawer; on a telephone, the whole screen.
 */
export class ConversationPane extends Component {
    static template = "kala_comm.ConversationPane";
    static components = {Chatter, Conversation};
    static props = ["*"];

    setup() {
        this.ui = useService("ui");
        this.orm = useService("orm");
        this.live = useService("kala_comm.live");
        this.memory = useService("kala_comm.conversation");
        this.shared = useState(this.memory.state);
        this.state = useState({isAllowed: false, start: {}, round: 0, unread: 0});
        onWillStart(async () => {
            this.state.isAllowed = await user.hasGroup("kala_comm.group_user");
        });
        useHotkey("alt+m", () => this.toggle(), {
            bypassEditableProtection: true,
            isAvailable: () => this.hasConversation && !this.props.isChatterAside,
        });
        useEffect(
            (isOpen) => {
                document.body.classList.toggle("o_kala_beside", isOpen);
                return () => document.body.classList.remove("o_kala_beside");
            },
            () => [this.isDrawerOpen]
        );
        // While the drawer is closed, its button tells how much is new.
        useEffect(
            (isCounting, model, resId) => {
                this.state.unread = 0;
                if (!isCounting) {
                    return;
                }
                const count = whenVisible(() => this.countUnread(model, resId), GATHER);
                const stopWatching = this.live.watch(model, resId, count.ask);
                count.askNow();
                return () => {
                    stopWatching();
                    count.stop();
                };
            },
            () => [this.isDrawerClosed, this.props.threadModel, this.props.threadId]
        );
        useEffect(
            (isShown, model, resId) => {
                if (isShown) {
                    this.memory.noteOpened(model, resId);
                }
            },
            () => [this.hasConversation, this.props.threadModel, this.props.threadId]
        );
        // Buttons of the form open the answer box on a channel (SE1).
        useEffect(
            () => this.memory.register(this.open.bind(this)),
            () => []
        );
    }

    get hasConversation() {
        return Boolean(this.state.isAllowed && this.props.threadId);
    }
    get isAside() {
        return this.hasConversation && this.props.isChatterAside;
    }
    get isDrawerOpen() {
        return this.hasConversation && !this.props.isChatterAside && this.shared.isOpen;
    }
    get isDrawerClosed() {
        return (
            this.hasConversation && !this.props.isChatterAside && !this.shared.isOpen
        );
    }
    get openLabel() {
        const {unread} = this.state;
        return unread
            ? _t("Conversation (Alt+M), %(count)s new", {count: unread})
            : _t("Conversation (Alt+M)");
    }
    get conversationKey() {
        return `${this.props.threadModel}/${this.props.threadId}/${this.state.round}`;
    }

    /** The form says what is wrong with the record; the button only counts. */
    async countUnread(model, resId) {
        try {
            const {unread} = await this.orm.silent.call(
                "kala.conversation",
                "load",
                [model, resId],
                {limit: 1}
            );
            this.state.unread = unread || 0;
        } catch {
            this.state.unread = 0;
        }
    }

    onUnread(count) {
        this.state.unread = count;
    }

    /** @returns {Boolean} whether the record is the one on this form */
    open({model, resId, ...start}) {
        if (
            !this.hasConversation ||
            model !== this.props.threadModel ||
            resId !== this.props.threadId
        ) {
            return false;
        }
        this.state.start = start;
        this.state.round++;
        this.show("conversation");
        this.memory.open();
        return true;
    }

    show(tab) {
        this.memory.show(tab);
    }

    toggle() {
        if (this.shared.isOpen) {
            this.memory.close();
        } else {
            this.memory.open();
        }
    }
}

patch(FormRenderer.prototype, {
    setup() {
        super.setup();
        if (RECORD_MODELS.includes(this.props.record.resModel)) {
            this.mailComponents = {...this.mailComponents, Chatter: ConversationPane};
        }
    },
});
