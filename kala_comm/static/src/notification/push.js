import {WebClient} from "@web/webclient/webclient";
import {browser} from "@web/core/browser/browser";
import {patch} from "@web/core/utils/patch";
import {registry} from "@web/core/registry";
import {useBus} from "@web/core/utils/hooks";

const SUBSCRIBE = "kala_comm/subscribe";
const UNSUBSCRIBE = "kala_comm/unsubscribe";

/** Odoo's own web client registers the browser; here it is asked to, by a button. */
patch(WebClient.prototype, {
    setup() {
        super.setup();
        useBus(this.env.bus, SUBSCRIBE, ({detail}) => detail(this._subscribePush()));
        useBus(this.env.bus, UNSUBSCRIBE, ({detail}) =>
            detail(this._unsubscribePush())
        );
    },
});

/** Whether this browser tells the user of news while no tab of Odoo is open (NO4). */
export class PushService {
    constructor(env, {orm}) {
        this.env = env;
        this.orm = orm;
    }

    get isSupported() {
        return Boolean(browser.navigator.serviceWorker && window.PushManager);
    }

    async subscription() {
        const worker = await browser.navigator.serviceWorker?.getRegistration();
        return (await worker?.pushManager?.getSubscription()) || null;
    }

    /** @returns {Promise<Boolean>} whether the server tells this browser what is for this user */
    async isRegistered() {
        const subscription = await this.subscription();
        return Boolean(
            subscription &&
            (await this.orm.call("kala.notifier", "has_device", [
                subscription.endpoint,
            ]))
        );
    }

    /** Odoo says what is in the way, where something is. */
    subscribe() {
        return new Promise((resolve) => this.env.bus.trigger(SUBSCRIBE, resolve));
    }

    unsubscribe() {
        return new Promise((resolve) => this.env.bus.trigger(UNSUBSCRIBE, resolve));
    }

    /** @returns {Promise<Boolean>} whether a test is on its way to this browser */
    async test(token) {
        const subscription = await this.subscription();
        return (
            Boolean(subscription) &&
            this.orm.call("kala.notifier", "test_push", [subscription.endpoint, token])
        );
    }
}

export const pushService = {
    dependencies: ["orm"],
    start(env, services) {
        return new PushService(env, services);
    },
};

registry.category("services").add("kala_comm.push", pushService);
