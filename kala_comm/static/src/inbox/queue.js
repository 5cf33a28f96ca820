import {Reactive} from "@web/core/utils/reactive";
import {KeepLast} from "@web/core/utils/concurrency";
import {_t} from "@web/core/l10n/translation";

/** Rows of one page. */
const PAGE = 40;
/** Rows that are asked for again at most after the bus was away. */
const LONGEST = 400;
/** Rows that are asked for again when the bus does not say which have changed. */
const NEAR = 80;

/**
 * Who waits for an answer (LO9): the rows of one tab, the one that is on the screen, and those that
 * are selected. The row that is on the screen stays it, whatever becomes of the list.
 */
export class Queue extends Reactive {
    /**
     * @param {Object} orm
     * @param {Object} kept tab, order: where the user was before
     */
    constructor(orm, kept = {}) {
        super();
        this.orm = orm;
        this.tab = kept.tab || "mine";
        this.order = kept.order || "waiting";
        this.search = kept.search || "";
        this.rows = [];
        this.more = false;
        this.counts = {};
        /** How often the counts were asked for or told: what is told late is old. */
        this.counted = 0;
        this.readOnOpen = false;
        /** Minutes after which who waits has waited too long; 0: nobody has. */
        this.lateMinutes = 0;
        this.isLoaded = false;
        this.isReading = false;
        this.error = "";
        /** What is on the screen: {key, model, id, start, round}. */
        this.chosen = null;
        this.round = 0;
        /** Its row as it was last told, also after it has left the list. */
        this.chosenRow = null;
        /** Where in the list it stands, or stood. */
        this.index = 0;
        /** Keys of the rows that are selected. */
        this.picked = [];
        this.last = new KeepLast();
    }

    // ------------------------------------------------------------------ reading

    /** Read the first page, of another tab, order or search where they are given. */
    async open(changes = {}) {
        if (Object.keys(changes).length) {
            Object.assign(this, changes, {picked: []});
        }
        this.isReading = true;
        this.readCounts();
        try {
            const page = await this.last.add(this.load(null, PAGE));
            this.take(page.rows, page);
            this.error = "";
        } catch (error) {
            this.error = error.data?.message || _t("The list cannot be read now.");
        } finally {
            this.isReading = false;
            this.isLoaded = true;
        }
    }

    /** The rows do not wait for the counts of the tabs, which cost more. */
    async readCounts() {
        const round = ++this.counted;
        try {
            const counts = await this.orm.silent.call("kala.waiting", "counts");
            if (round === this.counted) {
                this.counts = counts;
            }
        } catch {
            // The next news of the list bring them; the rows are there.
        }
    }

    load(after, limit) {
        const {tab, order, search} = this;
        return this.orm.silent.call("kala.waiting", "load", [], {
            tab,
            after,
            limit,
            order,
            search,
            count: false,
        });
    }

    take(rows, {more, ...habits}) {
        Object.assign(this, {
            rows,
            more,
            readOnOpen: Boolean(habits.read_on_open),
            lateMinutes: habits.late_minutes || 0,
        });
        this.follow();
    }

    async readMore() {
        if (!this.more || this.isReading || !this.rows.length) {
            return;
        }
        this.isReading = true;
        try {
            const page = await this.last.add(this.load(this.rows.at(-1).place, PAGE));
            const known = new Set(this.rows.map(({key}) => key));
            const rows = page.rows.filter(({key}) => !known.has(key));
            this.take([...this.rows, ...rows], page);
        } finally {
            this.isReading = false;
        }
    }

    /** Read what is on the screen again: nobody told what changed meanwhile. */
    async reload() {
        const limit = Math.min(LONGEST, Math.max(PAGE, this.rows.length));
        let rows = [];
        let page = {more: true};
        while (page.more && rows.length < limit) {
            page = await this.last.add(this.load(rows.at(-1)?.place || null, PAGE));
            rows = [...rows, ...page.rows];
        }
        const here = new Set(rows.map(({key}) => key));
        this.picked = this.picked.filter((key) => here.has(key));
        this.take(rows, page);
    }

    /** The bus was away: nobody knows what changed. */
    async catchUp() {
        this.readCounts();
        await this.reload();
    }

    /** Read some rows again, of which the bus told; without keys, those that are here. */
    async refresh(keys = this.nearKeys) {
        const {tab} = this;
        const answer = await this.orm.silent.call("kala.waiting", "rows", [keys, tab]);
        if (tab === this.tab && this.merge(answer)) {
            await this.reload();
        }
        if (this.chosen && answer.gone.includes(this.chosen.key)) {
            await this.readChosen();
        }
    }

    /** Keys of the first rows, and of the one on the screen. */
    get nearKeys() {
        const keys = this.rows.slice(0, NEAR).map(({key}) => key);
        return this.chosen ? [...new Set([...keys, this.chosen.key])] : keys;
    }

    /**
     * Rows stay where they are, the ones that are gone leave.
     *
     * @param {Object} answer rows, gone, counts
     * @returns {Boolean} whether others belong into the list, or in another order
     */
    merge({rows, gone, counts}) {
        const left = new Set(gone);
        const told = new Map(rows.map((row) => [row.key, row]));
        const known = new Map(this.rows.map((row) => [row.key, row]));
        const before = this.rows.length;
        const hasGrown = counts[this.tab] > (this.counts[this.tab] ?? Infinity);
        const hasNews = rows.some((row) => this.isMoved(known.get(row.key), row));
        this.rows = this.rows
            .filter(({key}) => !left.has(key))
            .map((row) => told.get(row.key) || row);
        this.counts = counts;
        this.counted++;
        if (this.chosen && told.has(this.chosen.key)) {
            this.chosenRow = told.get(this.chosen.key);
        }
        const here = new Set(this.rows.map(({key}) => key));
        this.picked = this.picked.filter((key) => here.has(key));
        this.follow();
        const isShort = this.more && this.rows.length < Math.min(before, PAGE);
        return hasGrown || hasNews || isShort;
    }

    /** Whether a row belongs to another place of the list than before. */
    isMoved(before, row) {
        const by = this.order === "newest" ? "date" : "waiting_since";
        return !before || before[by] !== row[by];
    }

    // ------------------------------------------------------------------ the one on the screen

    /** The list has changed: see where the row on the screen stands now. */
    follow() {
        const index = this.rows.findIndex(({key}) => key === this.chosen?.key);
        if (index >= 0) {
            this.index = index;
            this.chosenRow = this.rows[index];
        }
    }

    /**
     * @param {Object|null} place of {model, id}, a row or another record
     * @param {Object} start what its answer box begins with: channel, number
     */
    choose(place, start = null) {
        if (!place) {
            this.chosen = null;
            this.chosenRow = null;
            return;
        }
        const key = `${place.model},${place.id}`;
        if (key !== this.chosen?.key || start) {
            const {model, id} = place;
            this.round++;
            this.chosen = {key, model, id, start: start || {}, round: this.round};
            this.chosenRow = null;
        }
        this.follow();
    }

    /** Read the row of what is on the screen, where the list does not have it. */
    async readChosen() {
        const place = this.chosen;
        const {key} = place;
        const {rows} = await this.orm.silent.call("kala.waiting", "rows", [
            [key],
            "all",
        ]);
        const row = rows[0] || (await this.nameOf(place));
        if (this.chosen?.key === key && !this.isWaiting) {
            this.chosenRow = row;
        }
    }

    /** A record that nobody wrote to yet has no row, but a name. */
    async nameOf(place) {
        const {key, model, id} = place;
        const found = await this.orm.silent.searchRead(
            model,
            [["id", "=", id]],
            ["display_name"]
        );
        return {key, model, id, name: found[0]?.display_name || "", unread: 0};
    }

    rowOf(key) {
        const isShown = this.chosen?.key === key;
        return (
            this.rows.find((row) => row.key === key) ||
            (isShown ? this.chosenRow : null)
        );
    }

    get isWaiting() {
        return this.rows.some(({key}) => key === this.chosen?.key);
    }

    /** The row below the one on the screen, or above it: where it stood if it has left the list. */
    neighbour(step) {
        if (!this.rows.length) {
            return null;
        }
        if (!this.chosen) {
            return this.rows[0];
        }
        const from = this.isWaiting ? this.index : this.index - (step > 0 ? 1 : 0);
        return this.rows[from + step] || null;
    }

    /** What comes next when these have been dealt with: the one below, else the one above. */
    after(keys) {
        const dealt = new Set([...keys, this.chosen?.key]);
        const from = this.isWaiting ? this.index : this.index - 1;
        const below = this.rows.slice(from + 1).find(({key}) => !dealt.has(key));
        return (
            below ||
            this.rows.slice(0, from + 1).findLast(({key}) => !dealt.has(key)) ||
            null
        );
    }

    // ------------------------------------------------------------------ selecting

    pick(key) {
        this.picked = this.picked.includes(key)
            ? this.picked.filter((other) => other !== key)
            : [...this.picked, key];
    }

    /** Select all rows from the one on the screen to this one. */
    pickTo(key) {
        const to = this.rows.findIndex((row) => row.key === key);
        const [low, high] = [Math.min(this.index, to), Math.max(this.index, to)];
        const keys = this.rows.slice(low, high + 1).map((row) => row.key);
        this.picked = [...new Set([...this.picked, ...keys])];
    }

    pickNone() {
        this.picked = [];
    }

    /** What an action is about: the selected rows, else the one on the screen. */
    get targets() {
        if (this.picked.length) {
            return [...this.picked];
        }
        return this.chosen ? [this.chosen.key] : [];
    }

    // ------------------------------------------------------------------ acting

    /** @param {String} method of `kala.waiting`, that tells what became of the rows */
    async act(method, keys, ...args) {
        const {tab} = this;
        const answer = await this.orm.call("kala.waiting", method, [keys, ...args], {
            tab,
        });
        if (tab === this.tab && this.merge(answer)) {
            await this.reload();
        }
    }
}
