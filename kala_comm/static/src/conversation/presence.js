import {
    Component,
    onMounted,
    onWillDestroy,
    useEffect,
    useExternalListener,
    useRef,
    useState,
} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {browser} from "@web/core/browser/browser";
import {formatList} from "@web/core/l10n/utils";
import {user} from "@web/core/user";
import {useService} from "@web/core/utils/hooks";

/** Milliseconds between two signs of a window that shows a conversation. */
const SIGN = 20000;
/** Milliseconds after the last key in which somebody still writes. */
const PAUSE = 8000;
/** Names that are told; the others are a number. */
const NAMED = 2;
const ROUTE = "/web/dataset/call_kw/kala.presence/leave";
const TYPE = "kala_comm/presence";

/**
 * Says who else has this conversation open, and who is writing in it (LO10); and tells the others
 * of this user. Several windows of a user are one person for the others.
 */
export class Presence extends Component {
    static template = "kala_comm.Presence";
    static props = {
        model: String,
        resId: Number,
        /** Object that gets the function `write`, for who knows that the user writes. */
        handle: Object,
    };

    setup() {
        this.orm = useService("orm");
        this.bus = useService("bus_service");
        this.root = useRef("root");
        this.state = useState({others: []});
        this.window = Math.random().toString(36).slice(2);
        this.isWriting = false;
        this.signed = 0;
        this.props.handle.write = this.write.bind(this);
        const hear = (news) => this.hear(news);
        this.bus.subscribe(TYPE, hear);
        useEffect(
            (model, resId) => this.stay(model, resId),
            () => [this.props.model, this.props.resId]
        );
        useExternalListener(document, "visibilitychange", () => this.onReturn());
        useExternalListener(window, "pagehide", () => this.onClose());
        onMounted(() => {
            this.timer = browser.setInterval(() => this.sign(), SIGN);
        });
        onWillDestroy(() => {
            browser.clearInterval(this.timer);
            browser.clearTimeout(this.pause);
            this.bus.unsubscribe(TYPE, hear);
        });
    }

    // ------------------------------------------------------------------ telling

    /** Be in a conversation until another one is shown, or none. */
    stay(model, resId) {
        this.place = [model, resId, this.window];
        this.isWriting = false;
        this.sign();
        return () => {
            this.state.others = [];
            const gone = this.orm.silent.call("kala.presence", "leave", [
                model,
                resId,
                this.window,
            ]);
            // Who cannot be told sees it a minute later.
            gone.catch(() => {});
        };
    }

    /** Nobody is told of a conversation that is in the page and not on the screen. */
    get isSeen() {
        return !document.hidden && Boolean(this.root.el?.parentElement?.offsetParent);
    }

    async sign() {
        if (!this.isSeen) {
            return;
        }
        const {place} = this;
        this.signed = Date.now();
        let others = [];
        try {
            const args = [...place, this.isWriting];
            const told = await this.orm.silent.call("kala.presence", "here", args);
            others = told.others;
        } catch {
            // The next sign tries again; what is old is not shown meanwhile.
        }
        if (place === this.place) {
            this.show(others);
        }
    }

    /** @param {Boolean} isWriting false: what was written is sent, or taken away */
    write(isWriting) {
        browser.clearTimeout(this.pause);
        if (isWriting) {
            this.pause = browser.setTimeout(() => this.write(false), PAUSE);
        }
        if (isWriting !== this.isWriting) {
            this.isWriting = isWriting;
            this.sign();
        }
    }

    onReturn() {
        if (Date.now() - this.signed > SIGN) {
            this.sign();
        }
    }

    /** The page closes: there is no time for an answer. */
    onClose() {
        const params = {
            model: "kala.presence",
            method: "leave",
            args: this.place,
            kwargs: {context: user.context},
        };
        const words = JSON.stringify({jsonrpc: "2.0", method: "call", params});
        navigator.sendBeacon(ROUTE, new Blob([words], {type: "application/json"}));
    }

    // ------------------------------------------------------------------ hearing

    hear({model, res_id: resId, others}) {
        if (model === this.props.model && resId === this.props.resId) {
            this.show(others);
        }
    }

    /** Most signs tell nothing new: then nothing is drawn again. */
    show(others) {
        if (JSON.stringify(others) !== JSON.stringify(this.state.others)) {
            this.state.others = others;
        }
    }

    get writers() {
        return this.state.others.filter(({writing}) => writing);
    }

    get words() {
        const {writers} = this;
        const readers = this.state.others.filter(({writing}) => !writing);
        const said = [];
        if (writers.length === 1) {
            said.push(_t("%(name)s is writing…", {name: namesOf(writers)}));
        } else if (writers.length) {
            said.push(_t("%(names)s are writing…", {names: namesOf(writers)}));
        }
        if (readers.length === 1) {
            said.push(_t("%(name)s has this open", {name: namesOf(readers)}));
        } else if (readers.length) {
            said.push(_t("%(names)s have this open", {names: namesOf(readers)}));
        }
        return said.join(" · ");
    }
}

/** The direction of a name does not turn the words around it. */
function namesOf(people) {
    const names = people.slice(0, NAMED).map(({name}) => `\u2068${name}\u2069`);
    const more = people.length - names.length;
    return formatList(more ? [...names, _t("%(count)s more", {count: more})] : names);
}
