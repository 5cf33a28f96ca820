import {Component, onMounted, onWillStart, onWillUnmount, useState} from "@odoo/owl";
import {checkNotifications, reportOf} from "./checks";
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
        this.state = useState({
            checks: [],
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

    async check() {
        const facts = await this.orm.call("kala.notifier", "test_facts", []);
        const registration = await browser.navigator.serviceWorker?.getRegistration();
        this.state.checks = checkNotifications({
            secure: window.isSecureContext,
            supported: Boolean(browser.Notification),
            permission: browser.Notification?.permission,
            worker: Boolean(registration),
            connected: this.busService.workerState === "CONNECTED",
            textsOn: facts.texts_on,
            choices: facts.choices,
        });
    }

    async onAllow() {
        await browser.Notification.requestPermission();
        await this.check();
    }

    // ------------------------------------------------------------------ try it out

    async onSend() {
        this.token = `${Date.now()}-${Math.random()}`;
        this.sentAt = browser.performance.now();
        this.setResult("", _t("On its way…"), true);
        browser.clearTimeout(this.timer);
        this.timer = browser.setTimeout(() => this.onLost(), PATIENCE);
        await this.orm.call("kala.notifier", "test_notification", [this.token]);
    }

    async onIncoming(facts) {
        if (!this.token || facts.test !== this.token) {
            return;
        }
        this.token = null;
        browser.clearTimeout(this.timer);
        const seconds = ((browser.performance.now() - this.sentAt) / 1000).toFixed(1);
        this.setResult("good", _t("It arrived after %s seconds.", seconds));
        // The page itself is in front, so the popup of the browser has to be asked for.
        const shown = await this.incoming.showPopup(facts);
        this.setResult(
            shown ? "good" : "warning",
            shown
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
        this.token = null;
        this.setResult(
            "bad",
            _t(
                "It did not arrive. Reload the page; if that does not help, ask your administrator whether the web server passes websockets (/websocket) on to Odoo."
            )
        );
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
            this.state.result
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
