import {Component, onWillStart, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";
import {Mutex} from "@web/core/utils/concurrency";
import {useService} from "@web/core/utils/hooks";
import {useSetupAction} from "@web/search/action_hook";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {GuideField} from "./guide_field";
import {useCompanyNews} from "../live/company_news";

const MODEL = "kala.connection";

/**
 * One page that connects a provider (AD1): what to do there, step by step, the address that it calls,
 * and a test message each way. The server says the steps; each answer is kept at once.
 */
export class ConnectionGuide extends Component {
    static template = "kala_comm.ConnectionGuide";
    static components = {GuideField};
    static props = {...standardActionServiceProps};

    setup() {
        this.action = useService("action");
        this.notification = useService("notification");
        this.orm = useService("orm");
        const {params = {}, context = {}} = this.props.action;
        this.wish = {
            id: params.connection || context.connection || this.props.state?.id,
            code: params.provider || context.provider,
        };
        this.turns = new Mutex();
        this.state = useState({
            choices: [],
            facts: null,
            faults: [],
            isBusy: false,
            line: {address: "", channel: ""},
            own: "",
            copied: "",
        });
        useSetupAction({getLocalState: () => ({id: this.state.facts?.id})});
        useCompanyNews(() => this.look());
        onWillStart(() => this.start());
    }

    get facts() {
        return this.state.facts;
    }

    get isConnected() {
        return this.facts.state === "connected";
    }

    async start() {
        if (this.wish.code && !this.wish.id) {
            this.wish.id = await this.orm.call(MODEL, "guide_begin", [this.wish.code]);
        }
        if (this.wish.id) {
            await this.open(this.wish.id);
        } else {
            this.state.choices = await this.orm.call(MODEL, "guide_choices", []);
        }
    }

    async choose(choice) {
        await this.open(await this.orm.call(MODEL, "guide_begin", [choice.code]));
    }

    async open(id) {
        this.take(await this.orm.call(MODEL, "guide_facts", [[id]]));
        this.state.line.channel = this.facts.channels[0]?.code || "";
        this.state.own = this.facts.test.address;
    }

    /** @param {Object} facts of the server */
    take({faults, ...facts}) {
        this.state.facts = facts;
        if (faults) {
            this.state.faults = faults;
        }
    }

    /** Something came in or left: is it what was tried? */
    async look() {
        if (this.facts && this.isConnected && !this.state.isBusy) {
            this.take(
                await this.orm.silent.call(MODEL, "guide_facts", [[this.facts.id]])
            );
        }
    }

    /**
     * One thing at a time, in its turn: who leaves a field by pressing "Connect" gets both. So a field
     * that is kept does not switch the buttons off: the browser would swallow the press.
     */
    ask(method, ...args) {
        return this.turns.exec(async () =>
            this.take(await this.orm.call(MODEL, method, [[this.facts.id], ...args]))
        );
    }

    /** Of a button, which says that it was pressed. */
    async press(method, ...args) {
        this.state.isBusy = true;
        try {
            await this.ask(method, ...args);
        } finally {
            this.state.isBusy = false;
        }
    }

    // ------------------------------------------------------------------ what people do

    save(name, value) {
        return this.ask("guide_save", {[name]: value});
    }

    async addLine() {
        await this.press("guide_add_line", {...this.state.line});
        this.state.line.address = "";
    }

    async copy({name, value}) {
        try {
            await browser.navigator.clipboard.writeText(value);
        } catch {
            this.notification.add(
                _t("The browser does not copy here. Mark the text and press Ctrl+C."),
                {type: "warning"}
            );
            return;
        }
        this.state.copied = name;
    }

    connect() {
        return this.press("guide_connect");
    }

    test() {
        return this.press("guide_test", this.state.own);
    }

    /** Where people are known by ids alone, one answers who wrote. */
    answer() {
        const [model, id] = this.facts.test.record;
        return this.action.doAction("kala_comm.action_inbox", {
            additionalContext: {model, res_id: id},
        });
    }

    openFull() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: MODEL,
            res_id: this.facts.id,
            views: [[false, "form"]],
        });
    }

    openInbox() {
        return this.action.doAction("kala_comm.action_inbox", {clearBreadcrumbs: true});
    }

    async back() {
        this.state.facts = null;
        this.state.faults = [];
        this.state.choices = await this.orm.call(MODEL, "guide_choices", []);
    }
}

registry.category("actions").add("kala_comm.connection_guide", ConnectionGuide);
