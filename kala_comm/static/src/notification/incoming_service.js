import {EventBus} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {Sound} from "./sound";
import {Toasts, keyOf} from "./toasts";
import {linesOf, titleOf} from "./words";
import {registry} from "@web/core/registry";

/** Milliseconds. */
const SECOND = 1000;
const ICON = "/kala_comm/static/description/icon.png";

/**
 * Tells the user that something came in (NO1 to NO3): a card in every tab of Odoo, a popup of the
 * browser, one for all tabs, while none of them is in front, and by choice a sound, in one tab.
 *
 * Its bus triggers "INCOMING" with the facts of each, for screens that want to know.
 */
export class IncomingService {
    constructor(env, services) {
        this.env = env;
        this.action = services.action;
        this.live = services["kala_comm.live"];
        this.conversation = services["kala_comm.conversation"];
        this.orm = services.orm;
        this.outOfFocus = services["mail.out_of_focus"];
        this.presence = services.presence;
        this.sound = new Sound(services.multi_tab);
        this.bus = new EventBus();
        this.toasts = new Toasts();
        /** @type {Map<Number, Function>} id of a ringing call → stops following it */
        this.followed = new Map();
    }

    onIncoming(facts) {
        this.showCard(facts);
        if (facts.native && !this.presence.isOdooFocused()) {
            this.showPopup(facts);
        }
        if (facts.sound && !this.isLookedAt(facts)) {
            this.sound.play();
        }
        this.bus.trigger("INCOMING", facts);
    }

    // ------------------------------------------------------------------ card

    showCard(facts) {
        const isRinging = facts.call_status === "ringing";
        this.unfollow(facts.id);
        if (!isRinging && this.isLookedAt(facts)) {
            this.close(keyOf(facts));
            return;
        }
        // A call that was missed takes the place of the card of its ringing.
        const {key} = this.toasts.add(facts);
        if (isRinging) {
            this.followed.set(facts.id, this.followCall(facts, key));
        }
        this.startClock();
    }

    /** Who looks at the conversation sees the message there. */
    isLookedAt({model, res_id: resId, family}) {
        return (
            !document.hidden &&
            ["text", "email", "call"].includes(family) &&
            this.conversation.isOnScreen(model, resId)
        );
    }

    close(key) {
        this.toasts.remove(key);
    }

    /** Whose conversation was opened meanwhile needs no card any more. */
    closeSeen() {
        for (const {key, facts, isRinging} of this.toasts.cards) {
            if (!isRinging && this.isLookedAt(facts)) {
                this.close(key);
            }
        }
    }

    startClock() {
        this.clock ||= browser.setInterval(() => {
            if (!document.hidden) {
                this.toasts.pass();
                this.closeSeen();
            }
            if (!this.toasts.cards.length) {
                browser.clearInterval(this.clock);
                this.clock = null;
            }
        }, SECOND);
    }

    /**
     * A card of a ringing call goes when the call was taken or given up.
     *
     * @returns {Function} stops following
     */
    followCall({id, model, res_id: resId}, key) {
        return this.live.watch(model, resId, async () => {
            const calls = await this.orm.silent.searchRead(
                "kala.communication",
                [["id", "=", id]],
                ["call_status"]
            );
            if (calls.length && calls[0].call_status !== "ringing") {
                const card = this.toasts.cards.find((one) => one.key === key);
                if (card?.isRinging) {
                    this.close(key);
                }
                this.unfollow(id);
            }
        });
    }

    unfollow(id) {
        this.followed.get(id)?.();
        this.followed.delete(id);
    }

    /** Close the tasks of what the card tells of; one that is closed already is no error. */
    async finish(card) {
        this.close(card.key);
        const open = await this.orm.search("mail.activity", [["id", "in", card.tasks]]);
        for (const id of open) {
            await this.orm.call("mail.activity", "action_done", [[id]]);
        }
    }

    // ------------------------------------------------------------------ popup

    /**
     * @returns {Promise<Notification|Boolean>} the popup; true where the service worker shows it;
     *  false where this tab shows none
     */
    async showPopup(facts) {
        if (
            !this.outOfFocus.canSendNativeNotification ||
            !(await this.outOfFocus.multiTab.isOnMainTab())
        ) {
            return false;
        }
        const title = titleOf(facts);
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
            return popup;
        } catch (error) {
            // Chrome on Android shows popups of service workers only
            if (!(error instanceof TypeError)) {
                throw error;
            }
            const worker = await browser.navigator.serviceWorker?.getRegistration();
            await worker?.showNotification(title, {
                ...options,
                data: {
                    model: facts.model || "",
                    res_id: facts.res_id || 0,
                    kala_comm: {url: `/odoo/${facts.model}/${facts.res_id}`, facts},
                },
            });
            return Boolean(worker);
        }
    }

    // ------------------------------------------------------------------ record

    async open({model, res_id: resId, ids, record}) {
        if (ids?.length) {
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
        "kala_comm.conversation",
        "kala_comm.live",
        "mail.out_of_focus",
        "multi_tab",
        "orm",
        "presence",
    ],

    start(env, services) {
        const incoming = new IncomingService(env, services);
        services.bus_service.subscribe("kala_comm/incoming", (facts) =>
            incoming.onIncoming(facts)
        );
        services.bus_service.start();
        // Somebody clicked a notification that no tab has shown
        browser.navigator.serviceWorker?.addEventListener("message", ({data}) => {
            if (data?.type === "kala_comm/open") {
                incoming.open(data.facts);
            }
        });
        return incoming;
    },
};

registry.category("services").add("kala_comm.incoming", incomingService);
