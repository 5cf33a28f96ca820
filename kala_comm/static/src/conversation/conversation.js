import {
    Component,
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
import {dayOf, mergeLines, rowsOf, timeOf} from "./lines";

/** Lines of one page. */
const PAGE = 30;
/** Milliseconds: a message that is sent changes its state several times in a row. */
const GATHER = 250;
/** Pixels from the end of the lines within which the reader follows what comes. */
const NEAR = 80;
/** Similar records whose news are followed. */
const FOLLOWED = 30;

const ONLY = {
    "crm.lead": _t("Only this lead"),
    "sale.order": _t("Only this order"),
    "res.partner": _t("Only this customer"),
};

/** The conversation of a lead, an order or a customer, with the records that are similar (LO2). */
export class Conversation extends Component {
    static template = "kala_comm.Conversation";
    static components = {AnswerBox, Bubble};
    static props = {
        model: String,
        resId: Number,
        /** What the answer box begins with: channel, number, replyTo; hit: the line to go to. */
        start: {type: Object, optional: true},
        /** Called when an answer is on its way. */
        onSent: {type: Function, optional: true},
    };

    setup() {
        this.orm = useService("orm");
        this.live = useService("kala_comm.live");
        this.action = useService("action");
        this.list = useRef("list");
        this.box = {};
        this.state = useState(this.empty());
        this.changed = new Set();
        this.stopWatching = [];
        this.refresh = whenVisible(() => this.readChanged(), GATHER);
        onWillStart(() => this.open(this.props));
        onWillUpdateProps(async (next) => {
            if (next.model !== this.props.model || next.resId !== this.props.resId) {
                Object.assign(this.state, this.empty());
                await this.open(next);
            }
        });
        onWillDestroy(() => {
            this.refresh.stop();
            this.unwatch();
        });
        const memory = useService("kala_comm.conversation");
        useEffect(
            () => memory.registerShown(this.shows.bind(this)),
            () => []
        );
        useEffect(
            () => this.scrollToEnd(),
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

    empty() {
        return {
            records: [],
            lines: [],
            tasks: [],
            more: false,
            loading: false,
            loaded: 0,
            only: false,
            channel: "",
            side: "",
            isFiltering: false,
            news: 0,
            error: "",
            hit: "",
        };
    }

    // ------------------------------------------------------------------ reading

    get filters() {
        const {only, channel, side} = this.state;
        return {only, channel: channel || null, side: side || null};
    }

    async open({model, resId}) {
        this.state.error = "";
        try {
            const page = await this.orm.call(
                "kala.conversation",
                "load",
                [model, resId],
                {
                    limit: PAGE,
                    ...this.filters,
                }
            );
            Object.assign(this.state, {
                lines: page.lines,
                tasks: page.tasks,
                more: page.more,
                news: 0,
            });
            if (!this.state.only || !this.state.records.length) {
                this.state.records = page.records;
            }
            this.state.loaded++;
            this.watch(page.records);
            this.tellSeen(model, resId);
        } catch (error) {
            this.state.error =
                error.data?.message || _t("The conversation cannot be read now.");
        }
    }

    async readOlder() {
        const {lines, more, loading} = this.state;
        if (!more || loading || !lines.length) {
            return;
        }
        this.state.loading = true;
        const list = this.list.el;
        const {model, resId} = this.props;
        const before = lines[0].place;
        try {
            const page = await this.orm.call(
                "kala.conversation",
                "load",
                [model, resId],
                {
                    before,
                    limit: PAGE,
                    ...this.filters,
                }
            );
            const height = list.scrollHeight;
            this.state.lines = mergeLines(this.state.lines, page.lines);
            this.state.more = page.more;
            // What is on the screen stays where it is.
            requestAnimationFrame(() => {
                list.scrollTop += list.scrollHeight - height;
            });
        } finally {
            this.state.loading = false;
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
    tellSeen(model, resId) {
        this.orm.silent.call(model, "kala_seen", [[resId]]);
    }

    /** Read what the bus told of; a message of a record that is new here opens it again. */
    async readChanged() {
        const ids = [...this.changed];
        this.changed.clear();
        const {model, resId} = this.props;
        const {lines, tasks} = await this.orm.silent.call(
            "kala.conversation",
            "changed",
            [model, resId, ids],
            {only: this.state.only}
        );
        const {channel, side} = this.state;
        const shown = lines.filter(
            (line) =>
                (!channel || line.channel === channel) && (!side || line.side === side)
        );
        const follows = this.isAtEnd();
        const known = new Set(this.state.lines.map((line) => line.key));
        const news = shown.filter((line) => !known.has(line.key));
        this.state.lines = mergeLines(this.state.lines, shown);
        this.state.tasks = tasks;
        if (news.some((line) => line.side === "in")) {
            this.tellSeen(model, resId);
        }
        if (follows) {
            requestAnimationFrame(() => this.scrollToEnd());
        } else {
            this.state.news += news.length;
        }
    }

    // ------------------------------------------------------------------ what is shown

    get rows() {
        return rowsOf(this.state.lines);
    }

    /** Whether the messages of a record stand here as they come. */
    shows(model, resId) {
        const {only, channel, side, records} = this.state;
        const isHere = (record) => record.model === model && record.id === resId;
        const listed = only ? records.slice(0, 1) : records;
        return !channel && side !== "out" && listed.some(isHere);
    }

    get onlyLabel() {
        return ONLY[this.props.model];
    }

    get similar() {
        return this.state.records.slice(1);
    }

    get allLabel() {
        return _t("All · %(count)s records", {count: this.state.records.length});
    }

    get channels() {
        const labels = new Map(
            this.state.lines.map((line) => [line.channel, line.channel_label])
        );
        labels.delete(undefined);
        return [...labels].map(([code, label]) => ({code, label}));
    }

    /** Channel of the last message of the contact: the answer goes the same way. */
    get lastChannel() {
        const came = this.state.lines.filter(
            (line) => line.side === "in" && line.type !== "call"
        );
        return came.length ? came[came.length - 1].channel : "";
    }

    recordName(line) {
        if (line.model === this.props.model && line.res_id === this.props.resId) {
            return "";
        }
        const record = this.state.records.find(
            ({model, id}) => model === line.model && id === line.res_id
        );
        return record?.name || "";
    }

    taskWords(task) {
        const words = [task.name];
        if (task.count > 1) {
            words.push(_t("%(count)s messages", {count: task.count}));
        }
        words.push(`${dayOf({date: task.since})} ${timeOf({date: task.since})}`);
        if (!task.is_mine && task.user) {
            words.push(task.user);
        }
        return words.join(" · ");
    }

    // ------------------------------------------------------------------ scrolling

    isAtEnd() {
        const list = this.list.el;
        return !list || list.scrollHeight - list.scrollTop - list.clientHeight < NEAR;
    }

    scrollToEnd() {
        const list = this.list.el;
        if (list) {
            list.scrollTop = list.scrollHeight;
            this.state.news = 0;
        }
    }

    onScroll() {
        if (this.list.el.scrollTop < NEAR) {
            this.readOlder();
        }
        if (this.state.news && this.isAtEnd()) {
            this.state.news = 0;
        }
    }

    async jump(key) {
        for (let page = 0; page < 20; page++) {
            const found = this.list.el.querySelector(`[data-key="${key}"]`);
            if (found) {
                found.scrollIntoView({block: "center"});
                this.state.hit = key;
                return;
            }
            if (!this.state.more) {
                return;
            }
            await this.readOlder();
            await new Promise((resolve) => requestAnimationFrame(resolve));
        }
    }

    // ------------------------------------------------------------------ acting

    async filter(values) {
        Object.assign(this.state, values);
        await this.open(this.props);
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
        const {records} = this.state;
        const shown = this.state.only ? records.slice(0, 1) : records;
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

    async act(method, line) {
        const result = await this.orm.call("kala.communication", method, [[line.id]]);
        if (result && typeof result === "object") {
            await this.action.doAction(result, {onClose: () => this.reread(line)});
        } else {
            await this.reread(line);
        }
    }

    async reread(line) {
        this.changed.add(line.id);
        this.refresh.ask();
    }

    async react(line, emoji) {
        await this.orm.call("kala.communication", "action_react", [[line.id], emoji]);
        await this.reread(line);
    }

    quote(line) {
        this.box.open({channel: line.channel, replyTo: line.id});
    }

    chooseTemplate(line) {
        this.box.open({channel: line.channel, templates: true});
    }

    async finish(task) {
        await this.orm.call("mail.activity", "action_done", [[task.id]]);
        this.state.tasks = this.state.tasks.filter(({id}) => id !== task.id);
    }

    onSent(ids) {
        ids.forEach((i) => this.changed.add(i));
        requestAnimationFrame(() => this.scrollToEnd());
        this.refresh.askNow();
        this.props.onSent?.();
    }
}
