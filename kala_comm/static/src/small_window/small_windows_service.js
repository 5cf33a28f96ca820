import {reactive} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";

/** Pixels, as in the style sheet. */
const OPEN = 380;
const FOLDED = 180;
const GAP = 8;
const TOAST = 376;
/** What stands at the end of the foot before us: the pane, the drawer, Discuss' own windows. */
const NEIGHBOURS = [
    ".o_kala_pane",
    ".o_kala_drawer",
    ".o_kala_conversation_open",
    ".o-mail-ChatWindow",
    ".o-mail-ChatBubble",
];
/** What cards must not lie over. */
const WRITTEN_IN = [".modal-footer", ".o_kala_answer", ".o_kala_conversation_open"];

/** Boxes of what can be seen of these. */
function boxesOf(selectors) {
    return [...document.querySelectorAll(selectors.join())]
        .map((el) => el.getBoundingClientRect())
        .filter(({width, height}) => width && height);
}

/** The windows of one screen: which are open, which folded, and where there is place for them. */
export class SmallWindows {
    constructor(env) {
        this.env = env;
        this.state = reactive({windows: []});
        this.foot = reactive({edge: 0, toastEdge: 0, lift: 0});
        this.turn = 0;
    }

    get windows() {
        return this.state.windows;
    }

    get isSmall() {
        return this.env.services.ui.isSmall;
    }

    find(key) {
        return this.windows.find((one) => one.key === key);
    }

    // ------------------------------------------------------------------ what one can do

    /**
     * @param {Object} wish model, resId, name; start: what the answer box begins with
     */
    open({model, resId, name, start}) {
        const key = `${model}/${resId}`;
        const known = this.find(key);
        if (known) {
            Object.assign(known, {isFolded: false, news: 0, turn: ++this.turn});
        } else {
            const window = {
                key,
                model,
                resId,
                name,
                start: start || {},
                isFolded: false,
                news: 0,
                turn: ++this.turn,
            };
            this.state.windows = [...this.windows, window];
        }
        this.measure();
        this.arrange(key);
    }

    /** A phone has no foot to fold to: the window goes, and what was written is kept. */
    fold(key) {
        if (this.isSmall) {
            this.close(key);
            return;
        }
        this.find(key).isFolded = true;
        this.measure();
    }

    close(key) {
        this.state.windows = this.windows.filter((one) => one.key !== key);
        this.measure();
    }

    /** News of a folded window are counted on it. */
    tell({model, res_id: resId}) {
        const known = this.find(`${model}/${resId}`);
        if (known?.isFolded) {
            known.news++;
        }
    }

    // ------------------------------------------------------------------ place

    get width() {
        const widths = this.windows.map(
            ({isFolded}) => (isFolded ? FOLDED : OPEN) + GAP
        );
        return widths.reduce((sum, width) => sum + width, 0);
    }

    get room() {
        return browser.innerWidth - this.foot.edge - TOAST;
    }

    /**
     * Where there is no place for all, the one that was looked at longest ago is folded; where not
     * even folded ones have place, it is closed: its draft is kept.
     *
     * @param {String} [kept] key of a window that stays as it is
     */
    arrange(kept) {
        const others = this.windows
            .filter(({key}) => key !== kept)
            .sort((a, b) => a.turn - b.turn);
        if (this.isSmall) {
            others.filter(() => kept).forEach((one) => this.close(one.key));
            return;
        }
        for (const one of others) {
            if (this.width > this.room) {
                one.isFolded = true;
            }
        }
        for (const one of kept ? others : []) {
            if (this.width > this.room) {
                this.close(one.key);
            }
        }
    }

    /** Look where the foot is free. */
    measure() {
        const isRtl = getComputedStyle(document.body).direction === "rtl";
        const {innerWidth: width, innerHeight: height} = browser;
        const fromEnd = (box) => (isRtl ? box.right : width - box.left);
        const atFoot = boxesOf(NEIGHBOURS).filter(
            (box) => box.bottom > height - 120 && fromEnd(box) < width - OPEN
        );
        const edge = this.isSmall ? 0 : Math.max(0, ...atFoot.map(fromEnd));
        const beside = edge + (this.isSmall ? 0 : this.width);
        const toastEdge = beside + TOAST > width ? 0 : beside;
        const near = toastEdge + TOAST;
        const under = boxesOf(WRITTEN_IN).filter((box) => {
            const farthest = fromEnd(box);
            const nearest = farthest - box.width;
            const isBeside =
                !this.isSmall && (nearest >= near || farthest <= toastEdge);
            return !isBeside && box.top > height / 3;
        });
        const lift = Math.max(0, ...under.map((box) => height - box.top));
        Object.assign(this.foot, {edge, toastEdge, lift: Math.ceil(lift)});
    }
}

export const smallWindowsService = {
    dependencies: ["kala_comm.incoming", "ui"],

    start(env, {"kala_comm.incoming": incoming}) {
        const windows = new SmallWindows(env);
        const look = () =>
            browser.requestAnimationFrame(() => {
                windows.measure();
                windows.arrange();
            });
        incoming.bus.addEventListener("INCOMING", ({detail}) => windows.tell(detail));
        browser.addEventListener("resize", look);
        env.bus.addEventListener("ACTION_MANAGER:UI-UPDATED", look);
        env.bus.addEventListener("ChatWindow:will-open", look);
        // A dialog opens or closes, a drawer comes or goes
        const observer = new MutationObserver(look);
        observer.observe(document.body, {attributes: true, attributeFilter: ["class"]});
        return windows;
    },
};

registry.category("services").add("kala_comm.small_windows", smallWindowsService);
