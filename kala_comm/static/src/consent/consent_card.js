import {Component, useEffect, useState} from "@odoo/owl";
import {deserializeDateTime, formatDateTime} from "@web/core/l10n/dates";
import {CHANNEL_ICONS} from "../channels";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useService} from "@web/core/utils/hooks";

/** How an answer looks and reads. */
const ANSWERS = {
    yes: {icon: "fa-check text-success", words: _t("Yes: agreed")},
    open: {icon: "fa-check text-muted", words: _t("Yes: never objected")},
    no: {icon: "fa-ban text-danger", words: _t("No: opted out")},
    listed: {icon: "fa-ban text-danger", words: _t("No: on Odoo's blacklist")},
    missing: {icon: "fa-ban text-warning", words: _t("No: never asked")},
};

/**
 * May we write to the addresses of this record? The present answers, a change with its reason, and
 * how they came about (CO1, CO2).
 */
export class ConsentCard extends Component {
    static template = "kala_comm.ConsentCard";
    static props = {...standardWidgetProps};

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.state = useState({facts: null});
        this.icons = CHANNEL_ICONS;
        // Changed addresses are known once they are saved
        useEffect(
            (resId, dirty) => {
                if (resId && !dirty) {
                    this.load();
                }
            },
            () => [this.props.record.resId, this.props.record.dirty]
        );
    }

    async load(isAll = false) {
        const {resModel, resId} = this.props.record;
        const facts = await this.orm.call("kala.consent.card", "facts", [
            resModel,
            resId,
            isAll,
        ]);
        // Another record may be shown by now
        if (resId === this.props.record.resId) {
            this.state.facts = facts;
        }
    }

    answer({state}) {
        return ANSWERS[state];
    }

    date(proof) {
        return formatDateTime(deserializeDateTime(proof.date));
    }

    async onChange(address, {channel, state}) {
        const {resModel, resId} = this.props.record;
        await this.action.doAction(
            {
                type: "ir.actions.act_window",
                name: _t("May we write?"),
                res_model: "kala.consent.change",
                views: [[false, "form"]],
                target: "new",
                context: {
                    default_res_model: resModel,
                    default_res_id: resId,
                    default_kind: address.kind,
                    default_value: address.value,
                    default_channel: channel,
                    default_answer: ["yes", "open"].includes(state) ? "no" : "yes",
                },
            },
            {onClose: () => this.onChanged()}
        );
    }

    async onChanged() {
        await this.load();
        // The buttons beside the title go by it
        if (!this.props.record.dirty) {
            await this.props.record.load();
        }
    }

    async onAll() {
        await this.load(true);
    }
}

registry.category("view_widgets").add("kala_consent_card", {
    component: ConsentCard,
});
