import {Component, onMounted, onWillStart, onWillUnmount, useState} from "@odoo/owl";
import {checkNotifications, nameOf, reportOf} from "./checks";
import {Ways} from "./ways";
import {useBus, useService} from "@web/core/utils/hooks";
import {_t} from "@web/core/l10n/translation";
import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {user} from "@web/core/user";

/** Milliseconds after which a test notification counts as lost. */
const PATIENCE = 10000;

/** "Test my notifications" (NO3): says what is wrong and how to mend it, and tries it out. */
export class NotificationTest extends Component {
    static template = "kala_comm.NotificationTest";
    static props = {...standardActionServiceProps};

    setup() {
        this.action = useService("action");
        this.busService = useService("bus_service");
        this.incoming = useService("kala_comm.incoming");
        this.notification = useService("notification");
        this.orm = useService("orm");
        this.permission = useState(useService("mail.notification.permission"));
        this.push = useService("kala_comm.push");
        this.ways = new Ways({
            incoming: this.incoming,
            push: this.push,
            busService: this.busService,
        });
        this.state = useState({
            checks: [],
            registered: false,
            ways: [],
            result: "",
            resultState: "",
            waiting: false,
        });
        this.token = null;
        onWillStart(() => this.check());
        // The connection may have opened while the page was drawn
        onMounted(() => this.check());
        useBus(this.incoming.bus, "INCOMING", ({detail}) => this.onIncoming(detail));
        useBus(this.busService, "BUS:CONNECT", () => this.check());
        useBus(this.busService, "BUS:RECONNECT", () => this.check());
        useBus(this.busService, "BUS:DISCONNECT", () => this.check());
        onWillUnmount(() => browser.clearTimeout(this.timer));
    }

    get worst() {
        const states = this.state.checks.map(({state}) => state);
        return ["bad", "warning", "good"].find((state) => states.includes(state));
    }

    get canAsk() {
        return browser.Notification?.permission === "default";
    }

    get canSubscribe() {
        return (
            this.push.isSupported &&
            !this.state.registered &&
            browser.Notification?.permission === "granted"
        );
    }

    async check() {
        const [facts, registration, registered] = await Promise.all([
            this.orm.call("kala.notifier", "test_facts", []),
            browser.navigator.serviceWorker?.getRegistration(),
            this.push.isRegistered(),
        ]);
        this.state.registered = registered;
        this.state.checks = checkNotifications({
            secure: window.isSecureContext,
            encrypted: browser.location.protocol === "https:",
            supported: Boolean(browser.Notification),
            browserName: nameOf(browser.navigator.userAgent),
            permission: browser.Notification?.permission,
            worker: Boolean(registration),
            connected: this.busService.workerState === "CONNECTED",
            canPush: this.push.isSupported,
            registered,
            quiet: facts.quiet,
            textsOn: facts.texts_on,
            choices: facts.choices,
        });
    }

    /** Odoo registers the device as soon as the browser allows it. */
    async onAllow() {
        await this.permission.requestPermission();
        await this.check();
    }

    async onSubscribe() {
        await this.push.subscribe();
        await this.check();
    }

    async onUnsubscribe() {
        await this.push.unsubscribe();
        await this.check();
    }

    // ------------------------------------------------------------------ try it out

    async onSend() {
        const token = `${Date.now()}-${Math.random()}`;
        this.token = token;
        this.sentAt = browser.performance.now();
        this.setResult("", _t("On its way…"), true);
        this.state.ways = [
            {way: "card", label: _t("In Odoo")},
            {way: "popup", label: _t("By the browser")},
            {way: "sound", label: _t("With a sound")},
            {way: "push", label: _t("While Odoo is closed")},
        ].map((one) => ({...one, state: "waiting", words: _t("On its way…")}));
        browser.clearTimeout(this.timer);
        this.timer = browser.setTimeout(() => this.onLost(), PATIENCE);
        // Browsers let a page sound while somebody clicks
        this.tellOf("sound", token, this.ways.sound());
        this.tellOf("push", token, this.ways.pushed(token));
        await this.orm.call("kala.notifier", "test_notification", [token]);
    }

    /** What came of one way of a test, unless another test has begun meanwhile. */
    async tellOf(way, token, trying) {
        this.lastToken = token;
        const found = await trying;
        const one = this.state.ways.find((other) => other.way === way);
        if (one && this.lastToken === token) {
            Object.assign(one, found);
        }
    }

    async onIncoming(facts) {
        if (!this.token || facts.test !== this.token) {
            return;
        }
        const token = this.token;
        this.token = null;
        browser.clearTimeout(this.timer);
        const seconds = ((browser.performance.now() - this.sentAt) / 1000).toFixed(1);
        const arrived = _t("It arrived after %s seconds.", seconds);
        this.setResult("good", arrived);
        this.tellOf("card", token, {state: "good", words: arrived});
        // The page itself is in front, so the popup of the browser has to be asked for.
        const trying = this.ways.popup(facts);
        await this.tellOf("popup", token, trying);
        const {isAsked} = await trying;
        this.setResult(
            isAsked ? "good" : "warning",
            isAsked
                ? _t(
                      "It arrived after %s seconds, and the browser was asked to show it as well. If you see nothing outside of Odoo, look at the notification settings of your computer.",
                      seconds
                  )
                : _t(
                      "It arrived after %s seconds, in Odoo only: see above why the browser shows none.",
                      seconds
                  )
        );
    }

    onLost() {
        const words = _t(
            "It did not arrive. Reload the page; if that does not help, ask your administrator whether the web server passes websockets (/websocket) on to Odoo."
        );
        this.tellOf("card", this.token, {state: "bad", words});
        this.tellOf("popup", this.token, {state: "bad", words});
        this.token = null;
        this.setResult("bad", words);
        this.check();
    }

    setResult(state, words, waiting = false) {
        Object.assign(this.state, {resultState: state, result: words, waiting});
    }

    // ------------------------------------------------------------------ around it

    async onCopy() {
        const report = reportOf(
            this.state.checks,
            browser.navigator.userAgent,
            this.state.result,
            this.state.ways
        );
        try {
            await browser.navigator.clipboard.writeText(report);
        } catch {
            // Without https there is no clipboard: show it to be copied by hand
            this.state.report = report;
            return;
        }
        this.notification.add(
            _t("The report was copied. Paste it into your message."),
            {
                type: "success",
            }
        );
    }

    async onPreferences() {
        const preferences = await this.orm.call("res.users", "action_get", []);
        await this.action.doAction(
            {...preferences, res_id: user.userId},
            {onClose: () => this.check()}
        );
    }
}

registry.category("actions").add("kala_comm.notification_test", NotificationTest);
