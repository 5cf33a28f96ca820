import {Component} from "@odoo/owl";
import {ConfirmationDialog} from "@web/core/confirmation_dialog/confirmation_dialog";
import {deserializeDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {formatInteger} from "@web/views/fields/formatters";
import {useService} from "@web/core/utils/hooks";

const {DateTime} = luxon;
/** States → the class of the bar. */
const LOOKS = {paused: "bg-warning", done: "bg-success", cancelled: "bg-secondary"};

/** How far a mass send is, and the buttons that hold, resume and end it (BR2). */
export class MassBar extends Component {
    static template = "kala_comm.MassBar";
    static props = {
        /** As `read_bars` of the server tells it; `ends_at` in UTC. */
        bar: Object,
        /** Whether numbers and the end are told beside it. */
        isTold: {type: Boolean, optional: true},
        hasButtons: {type: Boolean, optional: true},
    };

    setup() {
        this.dialog = useService("dialog");
        this.mass = useService("kala_comm.mass");
    }

    get percent() {
        return Math.floor(this.props.bar.progress || 0);
    }
    get look() {
        return LOOKS[this.props.bar.state] || "bg-primary";
    }
    get words() {
        const {sent, skipped, total, failed, state} = this.props.bar;
        const said = [
            {
                preparing: _t("Preparing"),
                paused: _t("Paused"),
                done: _t("Done"),
                cancelled: _t("Cancelled"),
            }[state],
            _t("%(sent)s of %(total)s", {
                sent: formatInteger(sent),
                total: formatInteger(Math.max(total - skipped, 0)),
            }),
            failed && _t("%(count)s failed", {count: formatInteger(failed)}),
            this.endWords,
        ];
        return said.filter(Boolean).join(" · ");
    }
    get endWords() {
        const {ends_at: endsAt} = this.props.bar;
        if (!endsAt) {
            return "";
        }
        const moment = deserializeDateTime(endsAt);
        const isToday = moment.hasSame(DateTime.local(), "day");
        const format = isToday ? DateTime.TIME_SIMPLE : DateTime.DATETIME_SHORT;
        return _t("ends about %(moment)s", {moment: moment.toLocaleString(format)});
    }

    get buttons() {
        const {state, failed} = this.props.bar;
        const isMoving = ["preparing", "sending"].includes(state);
        return [
            isMoving && {method: "action_pause", icon: "fa-pause", label: _t("Pause")},
            state === "paused" && {
                method: "action_resume",
                icon: "fa-play",
                label: _t("Resume"),
            },
            (isMoving || state === "paused") && {
                method: "action_cancel",
                icon: "fa-stop",
                label: _t("Cancel the rest"),
            },
            state === "done" &&
                failed && {
                    method: "action_retry_failed",
                    icon: "fa-repeat",
                    label: _t("Retry failed"),
                },
        ].filter(Boolean);
    }

    press({method}) {
        const act = () => this.mass.act(this.props.bar.id, method);
        if (method !== "action_cancel") {
            return act();
        }
        this.dialog.add(ConfirmationDialog, {
            body: _t("What has not left will not be sent. Cancel?"),
            confirmLabel: _t("Cancel the rest"),
            confirm: act,
            cancelLabel: _t("Go on sending"),
            cancel: () => {},
        });
    }
}
