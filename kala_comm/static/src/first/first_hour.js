import {Component, onWillStart, onWillUpdateProps, status, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {browser} from "@web/core/browser/browser";
import {user} from "@web/core/user";
import {useService} from "@web/core/utils/hooks";
import {firstDays} from "../week/week";
import {useCompanyNews} from "../live/company_news";
import {WeekEditor} from "../week/week_editor";

const MODEL = "kala.first.hour";
const SETTING = "kala_first_hour";
/** What the user wants to see of the steps. */
const OPEN = "open";
const FOLDED = "folded";
const CLOSED = "closed";

/**
 * The first steps of a company, above the Inbox of its managers (AD1). The server says from facts
 * which are done; one unfolds at a time, the first that is not.
 */
export class FirstHour extends Component {
    static template = "kala_comm.FirstHour";
    static components = {WeekEditor};
    static props = {
        wished: {type: Boolean, optional: true},
        onChoose: Function,
    };

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.state = useState({
            facts: null,
            shown: user.settings[SETTING] || "",
            step: "",
            week: null,
            isBusy: false,
        });
        useCompanyNews(() => this.look());
        onWillStart(() => {
            // The Inbox does not wait for it.
            this.start();
        });
        onWillUpdateProps(({wished}) => {
            if (wished && !this.props.wished) {
                this.reopen();
            }
        });
    }

    async start() {
        if (!(await user.hasGroup("kala_comm.group_manager"))) {
            return;
        }
        if (this.props.wished) {
            return this.reopen();
        }
        if (this.state.shown !== CLOSED && status(this) !== "destroyed") {
            const facts = await this.orm.silent.call(MODEL, "load", []);
            // A company that has all of it is left in peace.
            if (this.state.shown || facts.steps.some(({is_done}) => !is_done)) {
                this.take(facts);
            }
        }
    }

    /** From the menu: whatever was closed is open again. */
    async reopen() {
        await this.show(OPEN);
        this.take(await this.orm.call(MODEL, "load", []));
    }

    take(facts) {
        this.state.facts = facts;
        const done = this.steps.find(({key}) => key === this.state.step)?.is_done;
        if (!this.state.step || done) {
            this.state.step = this.steps.find(({is_done}) => !is_done)?.key || "";
        }
        this.state.week = null;
    }

    /** Something came in, left, or was connected elsewhere. */
    async look() {
        if (this.state.facts && this.isShown && !this.state.week) {
            this.take(await this.orm.silent.call(MODEL, "load", []));
        }
    }

    // ------------------------------------------------------------------ what is shown

    get steps() {
        return this.state.facts.steps;
    }

    get isShown() {
        return this.state.facts && this.state.shown !== CLOSED;
    }

    get isOpen() {
        const {shown, facts} = this.state;
        return shown === OPEN || (!shown && !facts.is_begun);
    }

    get doneCount() {
        return this.steps.filter(({is_done}) => is_done).length;
    }

    get words() {
        return _t("First steps: %(done)s of %(all)s", {
            done: this.doneCount,
            all: this.steps.length,
        });
    }

    get isComplete() {
        return this.doneCount === this.steps.length;
    }

    show(shown) {
        this.state.shown = shown;
        return user.setUserSettings(SETTING, shown);
    }

    fold() {
        return this.show(this.isOpen ? FOLDED : OPEN);
    }

    close() {
        return this.show(CLOSED);
    }

    unfold(key) {
        this.state.step = this.state.step === key ? "" : key;
        this.state.week = null;
    }

    // ------------------------------------------------------------------ what people do

    async ask(method, ...args) {
        this.state.isBusy = true;
        try {
            this.take(await this.orm.call(MODEL, method, args));
        } finally {
            this.state.isBusy = false;
        }
    }

    onCountry(ev) {
        return this.ask("set_country", Number(ev.target.value));
    }

    async onLanguage(ev) {
        await this.orm.call(MODEL, "set_language", [ev.target.value]);
        browser.location.reload();
    }

    addLanguage() {
        return this.action.doAction("base.action_view_base_language_install", {
            onClose: () => browser.location.reload(),
        });
    }

    beginSandbox() {
        return this.ask("begin_sandbox");
    }

    connect(connection) {
        return this.action.doAction({
            type: "ir.actions.client",
            tag: "kala_comm.connection_guide",
            name: _t("Connect a Provider"),
            params: connection ? {connection} : {},
        });
    }

    onResponsible(ev) {
        return this.ask("set_responsible", Number(ev.target.value));
    }

    openLines() {
        return this.action.doAction("kala_comm.kala_line_action");
    }

    editWeek(step) {
        this.state.week = step.week || {is_plain: true, days: firstDays()};
    }

    onWeek(days) {
        this.state.week = {...this.state.week, days};
    }

    saveWeek() {
        return this.ask("set_window", {days: this.state.week.days});
    }

    anyTime() {
        return this.ask("set_window", false);
    }

    setConsent(isRequired) {
        return this.ask("set_consent", isRequired);
    }

    simulate() {
        return this.ask("simulate");
    }

    answer({place}) {
        this.props.onChoose(place);
    }
}
