import {Component, useRef, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {usePopover} from "@web/core/popover/popover_hook";
import {useService} from "@web/core/utils/hooks";
import {MassBar} from "./mass_bar";

/** The bars, those of the newest mass sends first. */
function useBars() {
    const state = useState(useService("kala_comm.mass").state);
    return () => Object.values(state.bars).sort((one, other) => other.id - one.id);
}

/** The mass sends that are under way, each with its bar. */
class MassList extends Component {
    static template = "kala_comm.MassList";
    static components = {MassBar};
    static props = {close: Function};

    setup() {
        this.action = useService("action");
        this.readBars = useBars();
    }

    get bars() {
        return this.readBars();
    }

    open({id}) {
        this.props.close();
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "kala.mass.send",
            res_id: id,
            views: [[false, "form"]],
        });
    }
}

/** Mass sends that are under way, in Odoo's bar, for those who may read them (BR2). */
export class MassSystray extends Component {
    static template = "kala_comm.MassSystray";
    static props = {};

    setup() {
        this.readBars = useBars();
        this.button = useRef("button");
        this.state = useState({isOpen: false});
        const mass = useService("kala_comm.mass");
        this.popover = usePopover(MassList, {
            position: "bottom-end",
            arrow: false,
            popoverClass: "o_kala_mass_menu",
            onClose: () => {
                this.state.isOpen = false;
                // Who closes the list has seen what is over.
                mass.forgetOver();
            },
        });
    }

    get bars() {
        return this.readBars();
    }
    /** Of all of them together. */
    get percent() {
        const {bars} = this;
        const sum = bars.reduce((all, {progress}) => all + progress, 0);
        return Math.floor(sum / bars.length);
    }
    get title() {
        const [bar, ...others] = this.bars;
        return others.length
            ? _t("Mass sends under way: %(count)s", {count: others.length + 1})
            : _t("Mass send “%(name)s”: %(percent)s %", {
                  name: bar.name,
                  percent: this.percent,
              });
    }

    toggle() {
        if (this.popover.isOpen) {
            this.popover.close();
        } else {
            this.popover.open(this.button.el, {});
            this.state.isOpen = true;
        }
    }
}

registry
    .category("systray")
    .add("kala_comm.mass", {Component: MassSystray}, {sequence: 27});
