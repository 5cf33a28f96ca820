import {EventBus} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {linesOf} from "./words";
import {registry} from "@web/core/registry";

/** Milliseconds that a card stays. */
const STAY = 12000;
/** Milliseconds that a ringing call stays: nobody lets it ring longer, its end was not told. */
const RING = 180000;
/** Cards at once: who was away for a night finds the newest ones, not a hundred. */
const MANY = 4;
/** Colour of a card by the state of its call. */
const TYPES = {ringing: "success", missed: "warning"};
const ICON = "/kala_comm/static/description/icon.png";

/**
 * Tells the user that something came in (NO1 to NO3): a card in every tab of Odoo, and a popup of
 * the browser, one for all tabs, while none of them is in front.
 *
 * Its bus triggers "INCOMING" with the facts of each, for screens that want to know.
 */
export class IncomingService {
    constructor(env, services) {
        this.env = env;
        this.action = services.action;
        this.live = services["kala_comm.live"];
        this.notification = services.notification;
        this.orm = services.orm;
        this.outOfFocus = services["mail.out_of_focus"];
        this.presence = services.presence;
        this.bus = new EventBus();
        /** @type {Map<Number, Function>} communication id → closes its card; oldest first */
        this.cards = new Map();
    }

    onIncoming(facts) {
        this.showCard(facts);
        if (facts.native && !this.presence.isOdooFocused()) {
            this.showPopup(facts);
        }
        this.bus.trigger("INCOMING", facts);
    }

    // ------------------------------------------------------------------ card

    showCard(facts) {
        const ringing = facts.call_status === "ringing";
        // A call that was missed replaces the card of its ringing.
        this.cards.get(facts.id)?.();
        const unfollow = ringing ? this.followCall(facts) : null;
        const close = this.notification.add(linesOf(facts), {
            type: TYPES[facts.call_status] || "info",
            autocloseDelay: ringing ? RING : STAY,
            className: "o_kala_incoming",
            kalaIncoming: {facts, open: () => this.open(facts)},
            onClose: () => {
                unfollow?.();
                if (this.cards.get(facts.id) === close) {
                    this.cards.delete(facts.id);
                }
            },
        });
        this.cards.set(facts.id, close);
        while (this.cards.size > MANY) {
            this.cards.values().next().value();
        }
    }

    /**
     * A card of a ringing call goes when the call was taken or given up.
     *
     * @returns {Function} stops following
     */
    followCall({id, model, res_id: resId}) {
        return this.live.watch(model, resId, async () => {
            const calls = await this.orm.silent.searchRead(
                "kala.communication",
                [["id", "=", id]],
                ["call_status"]
            );
            if (calls.length && calls[0].call_status !== "ringing") {
                this.cards.get(id)?.();
            }
        });
    }

    // ------------------------------------------------------------------ popup

    /** @returns {Promise<Boolean>} whether a popup was shown by this tab */
    async showPopup(facts) {
        if (
            !this.outOfFocus.canSendNativeNotification ||
            !(await this.outOfFocus.multiTab.isOnMainTab())
        ) {
            return false;
        }
        const title = facts.record || facts.contact;
        const options = {
            body: linesOf(facts),
            icon: ICON,
            dir: "auto",
            tag: `kala_comm-${facts.id}`,
            requireInteraction: facts.call_status === "ringing",
        };
        try {
            const popup = new browser.Notification(title, options);
            popup.addEventListener("click", () => {
                window.focus();
                popup.close();
                this.open(facts);
            });
        } catch (error) {
            // Chrome on Android shows popups of service workers only
            if (!(error instanceof TypeError)) {
                throw error;
            }
            const worker = await browser.navigator.serviceWorker?.getRegistration();
            await worker?.showNotification(title, {
                ...options,
                data: {model: facts.model, res_id: facts.res_id},
            });
            return Boolean(worker);
        }
        return true;
    }

    // ------------------------------------------------------------------ record

    async open({model, res_id: resId, ids, record}) {
        if (ids) {
            await this.openList(model, ids, record);
            return;
        }
        if (!model || !resId || this.isOpen(model, resId)) {
            return;
        }
        await this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: resId,
            views: [[false, "form"]],
        });
    }

    /** Several records came at once: all of them, in their list. */
    async openList(model, ids, name) {
        await this.action.doAction({
            type: "ir.actions.act_window",
            name,
            res_model: model,
            domain: [["id", "in", ids]],
            views: [
                [false, "list"],
                [false, "form"],
            ],
        });
    }

    /** Whether the form of that record is in front: it is live, nothing has to be opened. */
    isOpen(model, resId) {
        const controller = this.action.currentController;
        return (
            controller?.props?.resModel === model &&
            controller?.currentState?.resId === resId &&
            controller?.view?.type === "form"
        );
    }
}

export const incomingService = {
    dependencies: [
        "action",
        "bus_service",
        "kala_comm.live",
        "mail.out_of_focus",
        "notification",
        "orm",
        "presence",
    ],

    start(env, services) {
        const incoming = new IncomingService(env, services);
        services.bus_service.subscribe("kala_comm/incoming", (facts) =>
            incoming.onIncoming(facts)
        );
        services.bus_service.start();
        return incoming;
    },
};

registry.category("services").add("kala_comm.incoming", incomingService);
