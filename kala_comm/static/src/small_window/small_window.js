import {Component, onMounted, useEffect, useRef, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {Conversation} from "../conversation/conversation";

/** The field that one writes in. */
const FIELD = ".o_kala_answer textarea";

/** One conversation at the foot of the screen, beside whatever one does there (NO1). */
export class SmallWindow extends Component {
    static template = "kala_comm.SmallWindow";
    static components = {Conversation};
    static props = {one: Object};

    setup() {
        this.action = useService("action");
        this.memory = useService("kala_comm.conversation");
        this.ui = useService("ui");
        this.windows = useService("kala_comm.small_windows");
        this.root = useRef("root");
        this.one = useState(this.props.one);
        // The frame is there at once, the conversation follows.
        this.state = useState({isReady: false});
        onMounted(() => {
            this.state.isReady = true;
        });
        // Who opened it, or unfolded it, wants to write.
        useEffect(
            (el, isFolded) => {
                if (el && !isFolded) {
                    (el.querySelector(FIELD) || this.root.el).focus();
                }
            },
            () => [
                this.root.el?.querySelector(".o_kala_conversation"),
                this.one.isFolded,
                this.one.turn,
            ]
        );
    }

    get newsLabel() {
        return _t("%(count)s new", {count: this.one.news});
    }

    fold() {
        this.windows.fold(this.one.key);
    }

    unfold() {
        this.windows.open(this.one);
    }

    close() {
        this.windows.close(this.one.key);
    }

    async openRecord() {
        const {model, resId} = this.one;
        this.close();
        this.memory.open();
        await this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: resId,
            views: [[false, "form"]],
        });
    }

    onKeydown(ev) {
        if (ev.key === "Escape") {
            ev.stopPropagation();
            this.close();
        }
    }

    /** The first Esc leaves the field; the window keeps the keyboard for the second. */
    onFocusout(ev) {
        if (!ev.relatedTarget && this.escaped && this.root.el) {
            this.root.el.focus();
        }
    }

    onAnyKey(ev) {
        this.escaped = ev.key === "Escape";
    }
}

export class SmallWindowArea extends Component {
    static template = "kala_comm.SmallWindowArea";
    static components = {SmallWindow};
    static props = {};

    setup() {
        this.windows = useService("kala_comm.small_windows");
        this.state = useState(this.windows.state);
        this.foot = useState(this.windows.foot);
    }
}

registry
    .category("main_components")
    .add("kala_comm.SmallWindowArea", {Component: SmallWindowArea});
