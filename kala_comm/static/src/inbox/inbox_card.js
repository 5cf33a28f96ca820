import {Component, onWillStart, onWillUpdateProps, useState} from "@odoo/owl";
import {useService} from "@web/core/utils/hooks";
import {_t} from "@web/core/l10n/translation";
import {deserializeDate, formatDate} from "@web/core/l10n/dates";
import {CHANNEL_ICONS, CHANNEL_LABELS} from "../channels";
import {callNumber} from "../phone/call";
import {plain} from "./words";

/** How an answer looks and reads. */
const ANSWERS = {
    allowed: {sign: "fa-check text-success", words: _t("yes")},
    refused: {sign: "fa-ban text-danger", words: _t("no")},
    unknown: {sign: "fa-question o_kala_quiet", words: _t("never asked")},
};

/** What one wants to know of a record while talking about it (LO9). */
export class InboxCard extends Component {
    static template = "kala_comm.InboxCard";
    static props = {
        model: String,
        id: Number,
        /** Changes when the record may have. */
        round: Number,
        onAct: Function,
        onClose: Function,
    };

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.state = useState({card: null, error: ""});
        this.plain = plain;
        onWillStart(() => {
            this.read(this.props);
        });
        onWillUpdateProps((next) => {
            const {model, id, round} = this.props;
            if (next.model !== model || next.id !== id) {
                this.state.card = null;
            }
            if (next.model !== model || next.id !== id || next.round !== round) {
                this.read(next);
            }
        });
    }

    async read({model, id}) {
        this.asked = `${model},${id}`;
        const asked = this.asked;
        try {
            const card = await this.orm.silent.call("kala.waiting", "card", [
                model,
                id,
            ]);
            // Another record may be on the screen by now.
            if (asked === this.asked) {
                Object.assign(this.state, {card, error: ""});
            }
        } catch (error) {
            if (asked === this.asked) {
                this.state.card = null;
                this.state.error =
                    error.data?.message || _t("The record cannot be read now.");
            }
        }
    }

    /** What is said of the record in a word or two, where there is something to say. */
    get rows() {
        const {user, activity, order_total: total, tags} = this.state.card;
        return [
            {key: "user", label: _t("Responsible"), words: user?.name || _t("Nobody")},
            {
                key: "activity",
                label: _t("Next"),
                words: activity && this.next(activity),
            },
            {key: "total", label: _t("Orders"), words: total},
            {key: "tags", label: _t("Tags"), words: tags?.join(", ")},
        ]
            .filter(({words}) => words)
            .map((row) => ({...row, words: plain(String(row.words))}));
    }

    next({summary, deadline}) {
        const day = deadline && deserializeDate(deadline);
        return [summary, day && formatDate(day)].filter(Boolean).join(" · ");
    }

    /** May we write, by channel: what the consent card says in short (CO1). */
    get consents() {
        return Object.entries(this.state.card.consent || {}).map(
            ([channel, state]) => ({
                channel,
                state,
                icon: CHANNEL_ICONS[channel] || "fa-comment-o",
                label: CHANNEL_LABELS[channel] || channel,
                ...ANSWERS[state],
            })
        );
    }

    async setStage(ev) {
        const {model, id} = this.props;
        const stage = Number(ev.target.value);
        try {
            const card = await this.orm.call("kala.waiting", "set_stage", [
                model,
                id,
                stage,
            ]);
            if (this.asked === `${model},${id}`) {
                this.state.card = card;
            }
        } catch (error) {
            // The choice goes back to what the record has.
            await this.read(this.props);
            throw error;
        }
    }

    openCustomer() {
        this.openRecord({model: "res.partner", id: this.state.card.customer.id});
    }

    openRecord({model, id}) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: id,
            views: [[false, "form"]],
        });
    }

    call(number) {
        return callNumber(this.env, number);
    }
}
