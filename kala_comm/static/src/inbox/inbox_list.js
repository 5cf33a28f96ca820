import {
    Component,
    onMounted,
    onWillUnmount,
    useEffect,
    useRef,
    useState,
} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {localization} from "@web/core/l10n/localization";
import {_t} from "@web/core/l10n/translation";
import {useDebounced} from "@web/core/utils/timing";
import {InboxNotice} from "./inbox_notice";
import {KalaHelp} from "../help/help";
import {
    countWords,
    initialsOf,
    lastLineOf,
    putOffWords,
    timeOfRow,
    tintOf,
    titleOf,
} from "./words";

/** Pixels of a row: the styles say the same. */
const ROW = 64;
/** Rows that are kept above and below what is seen. */
const BEYOND = 8;
/** Pixels from the end within which more is read. */
const NEAR = 400;
/** Milliseconds after the last key before the list is searched. */
const TYPED = 300;
/** Milliseconds that a finger rests on a row to select it. */
const REST = 500;
const MINUTE = 60000;
/** Counting stops at the server's limit. */
const LIMIT = 1000;

export const TABS = [
    {
        code: "mine",
        label: _t("Mine"),
        title: _t("Mine"),
        empty: _t("Nobody waits for your answer."),
    },
    {
        code: "unassigned",
        label: _t("Nobody's"),
        title: _t("Without responsible"),
        empty: _t("Everybody who waits has a responsible."),
    },
    {
        code: "missed",
        label: _t("Missed"),
        title: _t("Missed calls"),
        empty: _t("No missed call waits."),
    },
    {
        code: "failed",
        label: _t("Failed"),
        title: _t("Did not arrive, or perhaps not"),
        empty: _t("Every message arrived."),
    },
    {
        code: "scheduled",
        label: _t("Scheduled"),
        title: _t("Leaves later"),
        empty: _t("No message waits for its time."),
    },
    {
        code: "put_off",
        label: _t("For later"),
        title: _t("Comes back later"),
        empty: _t("Nothing is put off."),
    },
    {
        code: "all",
        label: _t("All"),
        title: _t("All conversations"),
        empty: _t("There is no conversation yet."),
    },
];
const ADVICE = {
    mine: _t("What comes in appears here by itself. “All” shows who wrote before."),
    unassigned: _t(
        "Calls and messages that no rule finds a responsible for wait here."
    ),
    missed: _t("Who called and was not answered waits here until somebody calls back."),
    failed: _t(
        "Messages that did not arrive wait here until somebody sends them again."
    ),
    scheduled: _t("“Send ▾” beside an answer lets it leave later."),
    put_off: _t("Press S on a conversation to see it again later."),
    all: _t("Write to a lead, an order or a customer, and it appears here."),
};

/** The list of who waits, with its tabs and its search. */
export class InboxList extends Component {
    static template = "kala_comm.InboxList";
    static components = {Dropdown, DropdownItem, InboxNotice, KalaHelp};
    static props = {
        queue: Object,
        preferences: Object,
        onChoose: Function,
        onPreference: Function,
        onReadOnOpen: Function,
        slots: {type: Object, optional: true},
    };

    setup() {
        this.queue = useState(this.props.queue);
        this.preferences = useState(this.props.preferences);
        this.state = useState({
            top: 0,
            height: 800,
            now: luxon.DateTime.local(),
            broken: {},
        });
        this.scroller = useRef("scroller");
        this.field = useRef("search");
        this.tabs = TABS;
        this.search = useDebounced((search) => this.queue.open({search}), TYPED);
        onMounted(() => {
            this.measure();
            this.clock = browser.setInterval(() => {
                this.state.now = luxon.DateTime.local();
            }, MINUTE);
        });
        onWillUnmount(() => browser.clearInterval(this.clock));
        useEffect(
            () => this.reveal(),
            () => [this.queue.chosen?.key, this.queue.isLoaded]
        );
        useEffect(
            () => {
                this.scroller.el.scrollTop = 0;
            },
            () => [this.queue.tab]
        );
    }

    // ------------------------------------------------------------------ what is seen

    measure() {
        const {scrollTop, clientHeight} = this.scroller.el;
        this.state.top = scrollTop;
        this.state.height = clientHeight || this.state.height;
    }

    onScroll() {
        this.measure();
        const {scrollTop, clientHeight, scrollHeight} = this.scroller.el;
        if (scrollHeight - scrollTop - clientHeight < NEAR) {
            this.queue.readMore();
        }
    }

    get first() {
        return Math.max(0, Math.floor(this.state.top / ROW) - BEYOND);
    }
    get beyond() {
        const seen = Math.ceil(this.state.height / ROW) + 2 * BEYOND;
        return Math.min(this.queue.rows.length, this.first + seen);
    }
    get seen() {
        return this.queue.rows.slice(this.first, this.beyond);
    }
    get above() {
        return `height: ${this.first * ROW}px`;
    }
    get below() {
        return `height: ${(this.queue.rows.length - this.beyond) * ROW}px`;
    }

    /** Scroll to the row that is on the screen, if it is out of sight. */
    reveal() {
        const el = this.scroller.el;
        if (!el || !this.queue.isWaiting) {
            return;
        }
        const top = this.queue.index * ROW;
        if (top < el.scrollTop) {
            el.scrollTop = top;
        } else if (top + ROW > el.scrollTop + el.clientHeight) {
            el.scrollTop = top + ROW - el.clientHeight;
        }
        this.measure();
    }

    idOf(key) {
        return `o_kala_inbox_${key.replace(/\W/g, "_")}`;
    }
    get activeId() {
        const {chosen, index} = this.queue;
        const isSeen =
            this.queue.isWaiting && index >= this.first && index < this.beyond;
        return isSeen ? this.idOf(chosen.key) : false;
    }

    // ------------------------------------------------------------------ words

    shown(row) {
        return {
            ...titleOf(row),
            initials: initialsOf(row.customer || row.name),
            tint: tintOf(row),
            time: timeOfRow(row, this.state.now, this.queue.lateMinutes),
            last: lastLineOf(row),
            putOff: putOffWords(row),
        };
    }
    countOf({code}) {
        return countWords(this.queue.counts[code] || 0, LIMIT);
    }
    get empty() {
        if (this.queue.search) {
            return {
                title: _t("Nobody here is called so."),
                advice: _t(
                    "Write another part of the name or number, or look under “All”."
                ),
            };
        }
        const {code, empty} = TABS.find((tab) => tab.code === this.queue.tab);
        return {title: empty, advice: ADVICE[code]};
    }

    // ------------------------------------------------------------------ clicks and keys

    onClickRow(ev, row) {
        if (this.isHeld) {
            this.isHeld = false;
            return;
        }
        if (ev.shiftKey) {
            this.queue.pickTo(row.key);
        } else if (ev.ctrlKey || ev.metaKey || ev.target.closest(".o_kala_avatar")) {
            this.queue.pick(row.key);
        } else if (this.queue.picked.length && this.env.isSmall) {
            this.queue.pick(row.key);
        } else {
            this.props.onChoose(row);
        }
    }

    /** A finger that rests on a row selects it, as in other chats. */
    onTouchstart(row) {
        browser.clearTimeout(this.resting);
        this.isHeld = false;
        this.resting = browser.setTimeout(() => {
            this.isHeld = true;
            this.queue.pick(row.key);
        }, REST);
    }
    onTouchend() {
        browser.clearTimeout(this.resting);
    }

    onTabKey(ev) {
        const ahead = localization.direction === "rtl" ? "ArrowLeft" : "ArrowRight";
        const back = localization.direction === "rtl" ? "ArrowRight" : "ArrowLeft";
        const step = {[ahead]: 1, [back]: -1}[ev.key];
        if (!step) {
            return;
        }
        ev.preventDefault();
        const at = TABS.findIndex(({code}) => code === this.queue.tab);
        const {code} = TABS[(at + step + TABS.length) % TABS.length];
        this.openTab(code);
        ev.currentTarget.querySelector(`[data-tab=${code}]`).focus();
    }

    openTab(tab) {
        return this.queue.open({tab});
    }

    onSearchKey(ev) {
        if (ev.key === "Escape") {
            ev.stopPropagation();
            ev.target.blur();
        } else if (ev.key === "ArrowDown" || ev.key === "Enter") {
            ev.preventDefault();
            this.scroller.el.querySelector("[role=listbox]").focus();
        }
    }
}
