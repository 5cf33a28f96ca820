import {
    Component,
    onPatched,
    onWillDestroy,
    onWillStart,
    onWillUpdateProps,
    useEffect,
    useRef,
    useState,
} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";
import {whenVisible} from "@kala_comm/live/when_visible";
import {AnswerBox} from "./answer_box";
import {Bubble} from "./bubble";
import {ConversationHead} from "./conversation_head";
import {firstUnread, rowsOf} from "./lines";
import {Presence} from "./presence";
import {useStayAtEnd} from "./stay_at_end";
import {TaskStrip} from "./task_strip";
import {Timeline} from "./timeline";

/** Milliseconds: a message that is sent changes its state several times in a row. */
const GATHER = 250;
/** Pixels from an end of the lines within which more of them are read, or the reader follows. */
const NEAR = 80;
/** Similar records whose news are followed. */
const FOLLOWED = 30;
/** Records that a message is attached to in two clicks; the others are found by search. */
const OFFERED = 8;

/** The conversation of a lead, an order or a customer, with the records that are similar (LO2). */
export class Conversation extends Component {
    static template = "kala_comm.Conversation";
    static components = {AnswerBox, Bubble, ConversationHead, Presence, TaskStrip};
    static props = {
        model: String,
        resId: Number,
        /** What the answer box begins with: channel, number, replyTo; hit: the line to go to. */
        start: {type: Object, optional: true},
        /** Called when an answer is on its way. */
        onSent: {type: Function, optional: true},
        /** Called with the count of what this user has not read. */
        onUnread: {type: Function, optional: true},
    };

    setup() {
        this.orm = useService("orm");
        this.live = useService("kala_comm.live");
        this.bus = useService("bus_service");
        this.action = useService("action");
        this.list = useRef("list");
        useStayAtEnd(this.list, NEAR);
        this.box = {};
        this.presence = {};
        this.state = useState({timeline: null, hit: "", loaded: 0});
        this.changed = new Set();
        this.stopWatching = [];
        this.refresh = whenVisible(() => this.readChanged(), GATHER);
        this.returned = whenVisible(() => this.catchUp(), GATHER);
        const onReturn = () => this.returned.ask();
        this.bus.addEventListener("BUS:RECONNECT", onReturn);
        onWillStart(() => this.begin(this.props));
        onWillUpdateProps(async (next) => {
            if (next.model !== this.props.model || next.resId !== this.props.resId) {
                await this.begin(next);
            }
        });
        onPatched(() => this.settle());
        onWillDestroy(() => {
            this.refresh.stop();
            this.returned.stop();
            this.bus.removeEventListener("BUS:RECONNECT", onReturn);
            this.unwatch();
        });
        const memory = useService("kala_comm.conversation");
        this.memory = memory;
        useEffect(
            () => memory.registerShown(this.shows.bind(this)),
            () => []
        );
        useEffect(
            () => this.scrollToStart(),
            () => [this.state.loaded]
        );
        // Somebody looked for a line, and chose it (LO11).
        useEffect(
            (hit) => {
                if (hit) {
                    this.jump(hit);
                }
            },
            () => [this.props.start?.hit, this.props.start]
        );
    }

    // ------------------------------------------------------------------ reading

    get timeline() {
        return this.state.timeline;
    }

    async begin({model, resId}) {
        this.state.timeline = new Timeline(this.orm, {model, resId});
        this.state.hit = "";
        await this.open();
    }

    /** Read the newest page, and go to its end. */
    async open() {
        const {timeline} = this;
        await timeline.open();
        this.state.loaded++;
        this.watch(timeline.records);
        this.tellUnread();
        if (!timeline.error) {
            this.memory.noteOpened(timeline.model, timeline.resId);
            this.tellSeen();
        }
        if (timeline.readOnOpen && timeline.unread) {
            await this.markRead();
        }
    }

    watch(records) {
        this.unwatch();
        for (const {model, id} of records.slice(0, FOLLOWED)) {
            const ask = (ids) => {
                (ids || []).forEach((i) => this.changed.add(i));
                this.refresh.ask();
            };
            this.stopWatching.push(this.live.watch(model, id, ask));
        }
    }

    unwatch() {
        this.stopWatching.forEach((stop) => stop());
        this.stopWatching = [];
    }

    /** Who reads here has seen what came in: the provider may be told (WA1). */
    tellSeen() {
        const {model, resId} = this.timeline;
        this.orm.silent.call(model, "kala_seen", [[resId]]);
    }

    tellUnread() {
        this.props.onUnread?.(this.timeline.unread);
    }

    /** Read what the bus told of. */
    async readChanged() {
        const {timeline} = this;
        const ids = [...this.changed];
        this.changed.clear();
        const follows = this.isAtEnd() && !timeline.moreAfter;
        this.keepPlace();
        const news = await timeline.readChanged(ids);
        if (news.some((line) => line.side === "in")) {
            this.tellSeen();
        }
        if (follows) {
            this.goal = {end: true};
        } else {
            timeline.news += news.length;
        }
        this.tellUnread();
    }

    /** The bus was away: what came meanwhile is read. */
    async catchUp() {
        const follows = this.isAtEnd() && !this.timeline.moreAfter;
        this.keepPlace();
        await this.timeline.catchUp();
        if (follows && !this.timeline.moreAfter) {
            this.goal = {end: true};
        }
        this.tellUnread();
    }

    async markRead() {
        const {timeline} = this;
        await this.orm.call("kala.waiting", "mark_read", [
            [`${timeline.model},${timeline.resId}`],
        ]);
        timeline.unread = 0;
        timeline.readUntil = false;
        this.tellUnread();
    }

    // ------------------------------------------------------------------ what is shown

    get rows() {
        return rowsOf(this.timeline.lines);
    }
    get firstUnread() {
        const {lines, unread, readUntil} = this.timeline;
        const own = lines.filter((line) => this.isOwn(line));
        return unread ? firstUnread(own, readUntil) : "";
    }
    get unreadWords() {
        return _t("%(count)s new", {count: this.timeline.unread});
    }

    /** Whether the messages of a record stand here as they come. */
    shows(model, resId) {
        const {records, filters} = this.timeline;
        const isHere = (record) => record.model === model && record.id === resId;
        const listed = filters.only ? records.slice(0, 1) : records;
        return !filters.channel && filters.side !== "out" && listed.some(isHere);
    }

    recordOf({model, res_id: resId}) {
        return this.timeline.records.find(
            (record) => record.model === model && record.id === resId
        );
    }

    isOwn({model, res_id: resId}) {
        return model === this.props.model && resId === this.props.resId;
    }

    recordName(line) {
        return this.isOwn(line) ? "" : this.recordOf(line)?.name || "";
    }

    /** Records that competed for a message (MA9). */
    rivals(row) {
        return row.others
            .map(([model, id]) => this.recordOf({model, res_id: id}))
            .filter(Boolean);
    }

    /** Records that a message may be attached to: those that competed first (MA9). */
    placesFor(line) {
        const competed = new Set(
            (line.others || []).map(([model, id]) => `${model},${id}`)
        );
        const isRival = ({model, id}) => competed.has(`${model},${id}`);
        return this.timeline.records
            .filter(({model, id}) => model !== line.model || id !== line.res_id)
            .sort((a, b) => isRival(b) - isRival(a))
            .slice(0, OFFERED);
    }

    // ------------------------------------------------------------------ scrolling

    isAtEnd() {
        const list = this.list.el;
        return !list || list.scrollHeight - list.scrollTop - list.clientHeight < NEAR;
    }

    /** What is on the screen stays where it is when lines come above it. */
    keepPlace() {
        const list = this.list.el;
        const top = list?.getBoundingClientRect().top;
        const first = [...(list?.querySelectorAll("[data-key]") || [])].find(
            (el) => el.getBoundingClientRect().bottom > top
        );
        if (first) {
            const {top: at} = first.getBoundingClientRect();
            this.goal = {key: first.dataset.key, at: at - top};
        }
    }

    /** After lines came: go where the reader wants to be. */
    settle() {
        const list = this.list.el;
        const {goal} = this;
        this.goal = null;
        if (!list || !goal) {
            return;
        }
        const found = goal.key && this.elementOf(goal.key);
        if (goal.end) {
            this.goToEnd();
        } else if (found && goal.isMiddle) {
            found.scrollIntoView({block: "center"});
        } else if (found) {
            const at =
                found.getBoundingClientRect().top - list.getBoundingClientRect().top;
            list.scrollTop += at - goal.at;
        }
    }

    elementOf(key) {
        return this.list.el?.querySelector(`[data-key="${key}"]`);
    }

    goToEnd() {
        const list = this.list.el;
        if (list) {
            list.scrollTop = list.scrollHeight;
            this.timeline.news = 0;
        }
    }

    /** A conversation opens at its end; where more is new than fits, at the first new line. */
    scrollToStart() {
        this.goToEnd();
        const line = this.list.el?.querySelector(".o_kala_unread");
        if (line && line.offsetTop < this.list.el.scrollTop) {
            this.list.el.scrollTop = line.offsetTop;
        }
    }

    async scrollToNews() {
        if (this.timeline.moreAfter) {
            await this.open();
        } else {
            this.goToEnd();
        }
    }

    async onScroll() {
        const list = this.list.el;
        const {timeline} = this;
        if (timeline.isLoading || timeline.error) {
            return;
        }
        if (list.scrollTop < NEAR && timeline.more) {
            await this.readOlder();
        } else if (this.isAtEnd()) {
            if (timeline.moreAfter) {
                await this.readNewer();
            } else if (timeline.news) {
                timeline.news = 0;
            }
        }
    }

    async readOlder() {
        const reading = this.timeline.readOlder();
        this.keepPlace();
        await reading;
    }

    async readNewer() {
        const reading = this.timeline.readNewer();
        this.keepPlace();
        await reading;
    }

    /** Go to a line, also where it is far above: then the lines around it are read. */
    async jump(key) {
        this.state.hit = key;
        if (!key) {
            return;
        }
        const found = this.elementOf(key);
        if (found) {
            found.scrollIntoView({block: "center"});
            return;
        }
        const {timeline} = this;
        this.goal = {key, isMiddle: true};
        const filters = {
            channel: timeline.filters.channel,
            side: timeline.filters.side,
        };
        // A quoted message may be of the other direction.
        Object.assign(timeline.filters, {channel: "", side: ""});
        await timeline.openAround(key);
        if (timeline.error) {
            Object.assign(timeline.filters, filters);
        }
        this.goal = {key, isMiddle: true};
    }

    // ------------------------------------------------------------------ acting

    async filter(values) {
        Object.assign(this.timeline.filters, values);
        await this.open();
    }

    openRecord({model, res_id: resId}) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: resId,
            views: [[false, "form"]],
        });
    }

    openAsList() {
        const {records, filters} = this.timeline;
        const shown = filters.only ? records.slice(0, 1) : records;
        const idsOf = (model) =>
            shown.filter((record) => record.model === model).map(({id}) => id);
        this.action.doAction({
            type: "ir.actions.act_window",
            name: _t("Communications"),
            res_model: "kala.communication",
            views: [
                [false, "list"],
                [false, "form"],
            ],
            context: {
                list_view_ref: "kala_comm.kala_communication_view_list_record",
                kala_show_record: true,
            },
            domain: [
                "|",
                "|",
                ["lead_id", "in", idsOf("crm.lead")],
                ["order_id", "in", idsOf("sale.order")],
                "&",
                ["res_model", "=", "res.partner"],
                ["partner_id", "in", idsOf("res.partner")],
            ],
        });
    }

    async act(method, line, args = []) {
        const result = await this.orm.call("kala.communication", method, [
            [line.id],
            ...args,
        ]);
        if (Array.isArray(result)) {
            this.onSent(result);
        } else if (result && typeof result === "object") {
            await this.action.doAction(result, {onClose: () => this.reread(line)});
        } else {
            this.reread(line);
        }
    }

    async attach(line, {model, id}) {
        await this.act("action_reattach", line, [model, id]);
    }

    reread(line) {
        this.changed.add(line.id);
        this.refresh.askNow();
    }

    async react(line, emoji) {
        await this.act("action_react", line, [emoji]);
    }

    quote(line) {
        this.box.open({channel: line.channel, replyTo: line.id});
    }

    chooseTemplate(line) {
        this.box.open({channel: line.channel, templates: true});
    }

    onTaskChanged(task) {
        const {timeline} = this;
        timeline.tasks = timeline.tasks.filter(({id}) => id !== task?.id);
        this.refresh.askNow();
    }

    /** Who writes in the answer box is seen by who else has the conversation open (LO10). */
    onInput(ev) {
        if (ev.target.matches?.(".o_kala_answer textarea")) {
            this.presence.write?.(Boolean(ev.target.value.trim()));
        }
    }

    async onSent(ids) {
        this.presence.write?.(false);
        ids.forEach((i) => this.changed.add(i));
        if (this.timeline.moreAfter) {
            await this.open();
        } else {
            this.goToEnd();
            this.refresh.askNow();
        }
        this.props.onSent?.();
    }
}
