import {
    Component,
    onMounted,
    onPatched,
    onWillStart,
    useRef,
    useState,
} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";
import {useHotkey} from "@web/core/hotkeys/hotkey_hook";
import {useService} from "@web/core/utils/hooks";
import {UNANSWERED} from "../channels";
import {callNumber} from "../phone/call";
import {IncomingCard} from "./incoming_card";
import {MANY} from "./toasts";

/** The place of the cards: at the foot, beside what is written there, never over it (NO1). */
export class ToastArea extends Component {
    static template = "kala_comm.ToastArea";
    static components = {IncomingCard};
    static props = {};

    setup() {
        this.menu = useService("menu");
        this.incoming = useService("kala_comm.incoming");
        this.windows = useService("kala_comm.small_windows");
        this.foot = useState(this.windows.foot);
        this.toasts = this.incoming.toasts;
        this.state = useState(this.toasts.state);
        this.ui = useService("ui");
        this.area = useRef("area");
        useHotkey("alt+shift+n", () => this.focusNewest(), {
            bypassEditableProtection: true,
            global: true,
            isAvailable: () => this.state.cards.length,
        });
        onWillStart(async () => {
            this.isUser = await user.hasGroup("kala_comm.group_user");
        });
        onMounted(() => this.windows.measure());
        onPatched(() => this.windows.measure());
    }

    // On a phone one card is enough: it takes a quarter of the screen.
    get shown() {
        return this.state.cards.length
            ? this.toasts.shown(this.ui.isSmall ? 1 : MANY).reverse()
            : [];
    }

    get waiting() {
        return this.state.cards.length - this.shown.length;
    }

    get moreLabel() {
        return this.isUser
            ? _t("%(count)s more: see all", {count: this.waiting})
            : _t("%(count)s more", {count: this.waiting});
    }

    get style() {
        const {toastEdge, lift} = this.foot;
        return `--o-kala-toast-edge: ${toastEdge}px; --o-kala-toast-lift: ${lift}px;`;
    }

    // ------------------------------------------------------------------ what one can do

    canAnswer({facts, isRinging}) {
        return (
            this.isUser &&
            !isRinging &&
            ["text", "email", "call"].includes(facts.family) &&
            Boolean(facts.model && facts.res_id)
        );
    }

    canCallBack({facts}) {
        return (
            this.isUser &&
            UNANSWERED.includes(facts.call_status) &&
            Boolean(facts.contact)
        );
    }

    canFinish({tasks}) {
        return this.isUser && tasks.length > 0;
    }

    async open(card) {
        this.incoming.close(card.key);
        await this.incoming.open(card.facts);
    }

    close(card) {
        this.incoming.close(card.key);
        this.freeze(false);
    }

    answer(card) {
        const {model, res_id: resId, record, customer, family, channel} = card.facts;
        this.incoming.close(card.key);
        this.freeze(false);
        this.windows.open({
            model,
            resId,
            name: record || customer,
            start: family === "call" ? {} : {channel},
        });
    }

    callBack(card) {
        this.incoming.close(card.key);
        callNumber(this.env, card.facts.contact);
    }

    finish(card) {
        this.freeze(false);
        return this.incoming.finish(card);
    }

    /** The application of communications begins with what waits. */
    get app() {
        const isOurs = ({xmlid}) => xmlid === "kala_comm.menu_root";
        return this.menu.getApps().find(isOurs);
    }

    openInbox() {
        this.toasts.clear();
        this.freeze(false);
        this.menu.selectMenu(this.app);
    }

    // ------------------------------------------------------------------ looking

    freeze(isFrozen) {
        this.state.isFrozen = isFrozen;
    }

    focusNewest() {
        const cards = this.area.el.querySelectorAll(".o_kala_incoming_card");
        cards[cards.length - 1]?.focus();
    }

    onKeydown(ev) {
        const card = ev.key === "Escape" && ev.target.closest(".o_kala_toast");
        if (card) {
            ev.stopPropagation();
            card.querySelector(".o_kala_toast_close").click();
        }
    }
}

registry.category("main_components").add("kala_comm.ToastArea", {Component: ToastArea});
