import {
    Component,
    onMounted,
    onWillStart,
    onWillUpdateProps,
    reactive,
    useEffect,
    useRef,
    useState,
} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {router} from "@web/core/browser/router";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";
import {useService} from "@web/core/utils/hooks";
import {useSetupAction} from "@web/search/action_hook";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {RECORD_MODELS} from "../channels";
import {AssignDialog, KeysDialog, PutOffDialog} from "./inbox_dialogs";
import {FirstHour} from "../first/first_hour";
import {InboxBulk} from "./inbox_bulk";
import {InboxCard} from "./inbox_card";
import {InboxList} from "./inbox_list";
import {InboxMiddle} from "./inbox_middle";
import {LineBanner} from "../first/line_banner";
import {useInboxKeys} from "./inbox_keys";
import {useInboxNews} from "./inbox_news";
import {Queue} from "./queue";

/** Pixels of a window that has room for the card beside the conversation. */
const WIDE = 1200;

/**
 * The Inbox (LO9): who waits, the conversation, and what one wants to know of its record. One goes
 * through the list and back without losing the place in it.
 */
export class Inbox extends Component {
    static template = "kala_comm.Inbox";
    static components = {
        FirstHour,
        InboxBulk,
        InboxCard,
        InboxList,
        InboxMiddle,
        LineBanner,
    };
    static props = {...standardActionServiceProps};

    setup() {
        this.action = useService("action");
        this.conversations = useService("kala_comm.conversation");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.ui = useState(useService("ui"));
        this.root = useRef("root");
        this.middle = {};
        this.preferences = reactive(this.readPreferences());
        const kept = this.props.state || {};
        const order = this.preferences.kala_inbox_order;
        this.orm = useService("orm");
        const queue = new Queue(this.orm, {...kept, order});
        this.queue = useState(queue);
        this.state = useState({
            isCardOpen: browser.innerWidth >= WIDE,
            round: 0,
        });
        useSetupAction({getLocalState: () => this.keep()});
        useInboxNews(this.queue, () => this.state.round++);
        useInboxKeys({
            letters: {
                j: () => this.step(1),
                k: () => this.step(-1),
                r: () => this.middle.answer?.(),
                e: () => this.act("done"),
                a: () => this.act("assign"),
                s: () => this.act("put_off"),
                u: () => this.act("mark"),
                g: () => this.act("open"),
                i: () => this.toggleCard(),
                x: () => this.queue.chosen && this.queue.pick(this.queue.chosen.key),
            },
            arrows: {
                arrowdown: () => this.step(1),
                arrowup: () => this.step(-1),
            },
            signs: {
                "/": () => this.root.el.querySelector(".o_kala_inbox_search").focus(),
                "?": () => this.dialog.add(KeysDialog),
            },
            isReady: () => !this.middle.isAwaited?.(),
        });
        onWillStart(() => this.start(kept));
        onWillUpdateProps((next) => this.chooseWished(next));
        onMounted(() => this.tellUrl());
        // Who wants to write to a record, from a toast or a number, writes here.
        useEffect(
            () => this.conversations.register((wish) => this.write(wish)),
            () => []
        );
    }

    // ------------------------------------------------------------------ begin

    /** The menu "First Steps" opens them above the list (AD1). */
    get wantsFirstHour() {
        return Boolean(this.props.action.params?.first_hour);
    }

    readPreferences() {
        const {settings} = user;
        return {
            kala_inbox_next: settings.kala_inbox_next !== false,
            kala_inbox_order: settings.kala_inbox_order || "waiting",
        };
    }

    async start(kept) {
        await this.queue.open();
        if (!this.chooseWished(this.props) && kept.chosen) {
            this.choose(kept.chosen);
        }
        if (!this.queue.chosen && !this.ui.isSmall && this.queue.rows.length) {
            this.choose(this.queue.rows[0]);
        }
    }

    /**
     * A task, a toast, or a link asks for one conversation: it is chosen, the list stays.
     *
     * @returns {Boolean} whether somebody asks
     */
    chooseWished({action}) {
        const wish =
            this.wishOf(action.params) || this.wishOf(action.context) || this.urlWish();
        const key = wish && `${wish.model},${wish.id}`;
        if (!wish || key === this.wished) {
            return false;
        }
        this.wished = key;
        this.choose(wish);
        return true;
    }

    wishOf({model, res_id: id} = {}) {
        const isKnown = RECORD_MODELS.includes(model) && Number.isInteger(Number(id));
        return isKnown && Number(id) > 0 ? {model, id: Number(id)} : null;
    }

    urlWish() {
        const {model, res_id, conversation} = router.current;
        const [kept, id] = String(conversation || "").split(",");
        return this.wishOf({model, res_id}) || this.wishOf({model: kept, res_id: id});
    }

    /** A page that is read again shows the same conversation. */
    tellUrl() {
        router.replaceState({
            model: undefined,
            res_id: undefined,
            conversation: this.queue.chosen?.key,
        });
    }

    /** What is found again after a look at a record. */
    keep() {
        const {tab, search, chosen} = this.queue;
        return {tab, search, chosen: chosen && {model: chosen.model, id: chosen.id}};
    }

    async onPreference(name, value) {
        this.preferences[name] = value;
        await user.setUserSettings(name, value);
        if (name === "kala_inbox_order") {
            await this.queue.open({order: value});
        }
    }

    /** Whether opening marks as read is a matter of the server, too. */
    async onReadOnOpen(value) {
        this.queue.readOnOpen = value;
        await this.orm.write("res.users", [user.userId], {kala_read_on_open: value});
    }

    // ------------------------------------------------------------------ going through the list

    choose(place, start = null) {
        const key = place ? `${place.model},${place.id}` : null;
        this.middle.leave?.(key);
        this.queue.choose(place, start);
        if (place && !this.queue.chosenRow) {
            this.queue.readChosen();
        }
        this.tellUrl();
    }

    /** @returns {Boolean} whether the record has a conversation: it is chosen, the list stays */
    write({model, resId, ...start}) {
        const place = this.wishOf({model, res_id: resId});
        if (place) {
            this.choose(place, start);
            if (!start.hit) {
                this.middle.answer?.();
            }
        }
        return Boolean(place);
    }

    step(way) {
        const row = this.queue.neighbour(way);
        if (row) {
            this.choose(row);
        }
        if (way > 0 && this.queue.index > this.queue.rows.length - 5) {
            this.queue.readMore();
        }
    }

    back() {
        this.choose(null);
    }

    toggleCard() {
        this.state.isCardOpen = !this.state.isCardOpen;
    }

    onShown() {
        const row = this.queue.chosenRow;
        if (this.queue.readOnOpen && row?.unread) {
            this.queue.act("mark_read", [row.key]);
        }
    }

    /** The answer is on its way: the next one, as far as the user wants that. */
    onSent() {
        if (!this.preferences.kala_inbox_next) {
            return;
        }
        const next = this.queue.after([]);
        if (next || this.ui.isSmall) {
            this.choose(next);
        }
        // The keys are the list's again.
        this.root.el.querySelector("[role=listbox]")?.focus();
    }

    // ------------------------------------------------------------------ acting

    /** @param {String} what done, assign, put_off, take_back, mark, open, send */
    act(what) {
        const keys = this.queue.targets;
        if (keys.length) {
            return this[`act_${what}`](keys);
        }
    }

    act_done(keys) {
        return this.deal(keys, "done");
    }

    act_assign(keys) {
        this.dialog.add(AssignDialog, {
            count: keys.length,
            assign: (userId) => this.deal(keys, "assign", userId),
        });
    }

    act_put_off(keys) {
        this.dialog.add(PutOffDialog, {
            count: keys.length,
            again: this.againOf(keys),
            putOff: (until) => this.deal(keys, "put_off", until),
        });
    }

    /** @returns {String} UTC: when one conversation shall come back that was put off before */
    againOf(keys) {
        const row = keys.length === 1 && this.queue.rowOf(keys[0]);
        return (row && row.put_off_again) || "";
    }

    act_take_back(keys) {
        return this.deal(keys, "take_back");
    }

    /** @returns {Promise} all that are meant become read, or unread if none of them is */
    async act_mark(keys) {
        const isUnread = keys.some((key) => this.queue.rowOf(key)?.unread);
        await this.queue.act(isUnread ? "mark_read" : "mark_unread", keys);
        if (this.queue.chosen && !this.queue.isWaiting) {
            await this.queue.readChosen();
        }
    }

    act_open() {
        const {model, id} = this.queue.chosen || {};
        if (!model) {
            return;
        }
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: id,
            views: [[false, "form"]],
        });
    }

    /** What leaves the list makes room for the next one. */
    async deal(keys, method, ...args) {
        const isShown = keys.includes(this.queue.chosen?.key);
        const next = isShown ? this.queue.after(keys) : null;
        await this.queue.act(method, keys, ...args);
        this.queue.pickNone();
        this.state.round++;
        if (isShown && !this.queue.isWaiting) {
            this.choose(next);
        }
        this.tell(method, keys.length);
    }

    tell(method, count) {
        const words = {
            done: _t("Done: %(count)s", {count}),
            assign: _t("Assigned: %(count)s", {count}),
            put_off: _t("Put off: %(count)s", {count}),
        }[method];
        if (words && count > 1) {
            this.notification.add(words, {type: "success"});
        }
    }
}

registry.category("actions").add("kala_comm.inbox", Inbox);
