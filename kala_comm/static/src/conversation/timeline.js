import {markRaw} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {lastOfMessages, mergeLines, shorten} from "./lines";

/** Lines of one page. */
const PAGE = 30;
/** Lines that stand on the screen at most; the others are read again when somebody scrolls there. */
export const MOST_LINES = 300;
/** Lines whose state may have moved while the bus was away. */
const AGAIN = 100;

/**
 * The lines of a conversation that are on the screen, and how more of them come: older, newer,
 * around one, those that the bus told of, and those that it could not tell of.
 */
export class Timeline {
    records = [];
    lines = [];
    tasks = [];
    /** There are older lines than those here; there are newer ones. */
    more = false;
    moreAfter = false;
    isLoading = false;
    /** Lines that came while the reader looked elsewhere. */
    news = 0;
    /** Up to where this user has read (UTC), and how much came since; false: it is not known. */
    readUntil = false;
    unread = 0;
    /** This user wants that opening marks as read. */
    readOnOpen = false;
    filters = {only: false, company: false, channel: "", side: ""};
    error = "";
    /** Where the messages are of a record that is there no more. */
    movedTo = false;

    constructor(orm, {model, resId}) {
        this.orm = markRaw(orm);
        this.model = model;
        this.resId = resId;
    }

    get arguments() {
        const {only, company, channel, side} = this.filters;
        return {only, company, channel: channel || null, side: side || null};
    }

    call(method, args = [], more = {}) {
        return this.orm.silent.call(
            "kala.conversation",
            method,
            [this.model, this.resId, ...args],
            more
        );
    }

    load(more) {
        return this.call("load", [], {limit: PAGE, ...this.arguments, ...more});
    }

    /** Read the newest page. */
    async open() {
        await this.show({});
    }

    /** Read the page in whose middle a line stands, however old it is. */
    async openAround(key) {
        await this.show({around: key});
    }

    async show(where) {
        this.isLoading = true;
        try {
            const page = await this.load(where);
            this.lines = page.lines;
            this.more = page.more;
            this.moreAfter = page.more_after;
            this.error = "";
            this.news = 0;
            if (!this.filters.only || !this.records.length) {
                this.records = page.records;
            }
            if (!where.around) {
                this.tasks = page.tasks;
            }
            this.tellUnread(page);
        } catch (error) {
            await this.refuse(error);
        } finally {
            this.isLoading = false;
        }
    }

    /** The line "3 new" stays where it was while one reads on. */
    tellUnread({read_until: readUntil, unread, read_on_open: readOnOpen}) {
        this.readOnOpen = Boolean(readOnOpen);
        if (unread !== undefined) {
            this.readUntil = this.unread && unread ? this.readUntil : readUntil || "";
            this.unread = unread;
        }
    }

    /** What cannot be read says why; of a record that is gone, where its messages are. */
    async refuse(error) {
        this.error =
            error.data?.message ||
            _t("The conversation cannot be read now. Look whether you are connected.");
        if (error.data?.name === "odoo.exceptions.MissingError") {
            const ids = this.lines
                .filter(
                    ({key, model, res_id: resId}) =>
                        key[0] === "c" && model === this.model && resId === this.resId
                )
                .map(({id}) => id);
            this.movedTo = ids.length && (await this.whereNow(ids));
        }
        this.lines = [];
        this.tasks = [];
        this.more = this.moreAfter = false;
    }

    async whereNow(ids) {
        try {
            return await this.orm.silent.call("kala.communication", "where_now", [ids]);
        } catch {
            // Who may not read them now is not told where they are.
            return false;
        }
    }

    /** @returns {Boolean} whether there was something to read */
    async readOlder() {
        if (!this.more || this.isLoading || !this.lines.length) {
            return false;
        }
        return this.readBeyond({before: this.lines[0].place}, (page) => {
            const {lines, cut} = shorten(
                mergeLines(this.lines, page.lines),
                MOST_LINES,
                "end"
            );
            this.lines = lines;
            this.more = page.more;
            this.moreAfter = this.moreAfter || cut;
        });
    }

    /** @returns {Boolean} whether there was something to read */
    async readNewer() {
        if (!this.moreAfter || this.isLoading || !this.lines.length) {
            return false;
        }
        const last = this.lines[this.lines.length - 1];
        return this.readBeyond({after: last.place}, (page) => {
            const {lines, cut} = shorten(
                mergeLines(this.lines, page.lines),
                MOST_LINES,
                "start"
            );
            this.lines = lines;
            this.moreAfter = page.more_after;
            this.more = this.more || cut;
        });
    }

    async readBeyond(where, take) {
        this.isLoading = true;
        try {
            take(await this.load(where));
            return true;
        } catch (error) {
            await this.refuse(error);
            return false;
        } finally {
            this.isLoading = false;
        }
    }

    /**
     * Read some lines again, of which the bus told.
     *
     * @param {Number[]} ids of communications
     * @returns {Object[]} lines that are new here
     */
    async readChanged(ids) {
        const {only, company, channel, side} = this.filters;
        let told = null;
        try {
            told = await this.call("changed", [ids], {only, company});
        } catch (error) {
            await this.refuse(error);
            return [];
        }
        const known = new Set(this.lines.map((line) => line.key));
        const gone = new Set((told.gone || []).map((id) => `c${id}`));
        const fitting = told.lines.filter(
            (line) =>
                (!channel || line.channel === channel) && (!side || line.side === side)
        );
        const news = fitting.filter((line) => !known.has(line.key));
        // Between the last line here and what came there may be lines that nobody has read yet.
        const shown = this.moreAfter
            ? fitting.filter(({key}) => known.has(key))
            : fitting;
        this.tasks = told.tasks;
        const kept = this.lines.filter(({key}) => !gone.has(key));
        const {lines, cut} = shorten(mergeLines(kept, shown), MOST_LINES, "start");
        this.lines = lines;
        this.more = this.more || cut;
        this.tellUnread(told);
        return news;
    }

    /** What came while the bus was away is read when it is back. */
    async catchUp() {
        const {lines} = this;
        let page = null;
        try {
            page = await this.load({});
        } catch {
            // The next return of the bus asks again.
            return;
        }
        const known = new Set(lines.map((line) => line.key));
        if (!lines.length || page.lines.some(({key}) => known.has(key))) {
            this.lines = this.moreAfter ? lines : mergeLines(lines, page.lines);
            this.more = lines.length ? this.more : page.more;
        } else {
            this.moreAfter = page.lines.length > 0;
            this.news += this.moreAfter ? page.lines.length : 0;
        }
        this.tasks = page.tasks;
        this.records = this.filters.only ? this.records : page.records;
        this.tellUnread(page);
        const ids = lines.filter(({key}) => key[0] === "c").map(({id}) => id);
        if (ids.length) {
            await this.readChanged(ids.slice(-AGAIN));
        }
    }

    /** Channel of the last message of the contact: the answer goes the same way. */
    get lastChannel() {
        const last = lastOfMessages(this.lines, "in");
        return last ? last.channel : "";
    }
}
