import {Component, onWillDestroy, useEffect, useRef, useState} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {localization} from "@web/core/l10n/localization";
import {_t} from "@web/core/l10n/translation";

/** Similar records that stand beside each other; the others are in a list. */
const BESIDE = 3;
/** Milliseconds after the last key before a text is searched. */
const TYPED = 300;

const ONLY = {
    "crm.lead": _t("Only this lead"),
    "sale.order": _t("Only this order"),
    "res.partner": _t("Only this customer"),
};

/** Above a conversation: which records it is of, which of their lines, and the search (LO3). */
export class ConversationHead extends Component {
    static template = "kala_comm.ConversationHead";
    static components = {Dropdown, DropdownItem};
    static props = {
        timeline: Object,
        onFilter: Function,
        onOpenRecord: Function,
        onOpenList: Function,
        /** Called with the key of a line that has what was searched for; empty: with none. */
        onHit: Function,
    };

    setup() {
        this.field = useRef("field");
        this.state = useState({
            isFiltering: false,
            isSearching: false,
            text: "",
            keys: null,
            hasMore: false,
            at: 0,
        });
        useEffect(
            (isSearching) => {
                if (isSearching) {
                    this.field.el?.focus();
                }
            },
            () => [this.state.isSearching]
        );
        onWillDestroy(() => browser.clearTimeout(this.waiting));
    }

    // ------------------------------------------------------------------ records

    get timeline() {
        return this.props.timeline;
    }
    get filters() {
        return this.timeline.filters;
    }
    get onlyLabel() {
        return ONLY[this.timeline.model];
    }
    get allLabel() {
        return _t("All · %(count)s records", {count: this.timeline.records.length});
    }
    get similar() {
        return this.timeline.records.slice(1);
    }
    get beside() {
        return this.similar.slice(0, BESIDE);
    }
    get others() {
        return this.similar.slice(BESIDE);
    }

    /** Who has a wheel only sees the end of the row, too. */
    onWheel(ev) {
        const row = ev.currentTarget;
        if (row.scrollWidth > row.clientWidth && !ev.deltaX) {
            const way = localization.direction === "rtl" ? -1 : 1;
            row.scrollLeft += way * ev.deltaY;
            ev.preventDefault();
        }
    }

    /** Whether there is nothing to say in a row of its own. */
    get isBare() {
        const {isSearching, isFiltering} = this.state;
        return !(
            this.similar.length ||
            this.filters.only ||
            isSearching ||
            isFiltering
        );
    }
    get isFiltered() {
        return Boolean(
            this.filters.channel || this.filters.side || this.filters.company
        );
    }
    /** Channels of the lines here, and the one that is chosen. */
    get channels() {
        const found = new Map(this.known || []);
        for (const line of this.timeline.lines) {
            if (line.channel) {
                found.set(line.channel, line.channel_label);
            }
        }
        this.known = found;
        return [...found].map(([code, label]) => ({code, label}));
    }

    // ------------------------------------------------------------------ search

    openSearch() {
        this.state.isSearching = true;
    }

    closeSearch() {
        Object.assign(this.state, {isSearching: false, text: "", keys: null});
        this.props.onHit("");
    }

    onInput(ev) {
        this.state.text = ev.target.value;
        browser.clearTimeout(this.waiting);
        this.waiting = browser.setTimeout(() => this.search(), TYPED);
    }

    onKeydown(ev) {
        if (ev.key === "Enter") {
            ev.preventDefault();
            this.step(ev.shiftKey ? -1 : 1);
        } else if (ev.key === "Escape") {
            ev.stopPropagation();
            this.closeSearch();
        }
    }

    async search() {
        const {text} = this.state;
        const told = await this.timeline.call(
            "search_text",
            [text],
            this.timeline.arguments
        );
        if (text !== this.state.text) {
            return;
        }
        Object.assign(this.state, {keys: told.keys, hasMore: told.more, at: 0});
        this.props.onHit(told.keys[0] || "");
    }

    /** @param {Number} way 1: to the next older hit, -1: to the next newer one */
    step(way) {
        const {keys, at} = this.state;
        if (keys?.length) {
            this.state.at = (at + way + keys.length) % keys.length;
            this.props.onHit(keys[this.state.at]);
        }
    }

    get hitWords() {
        const {keys, at, hasMore, text} = this.state;
        if (!keys || text.trim().length < 2) {
            return "";
        }
        if (!keys.length) {
            return _t("Not found");
        }
        const count = hasMore ? `${keys.length}+` : keys.length;
        return _t("%(at)s of %(count)s", {at: at + 1, count});
    }
}
