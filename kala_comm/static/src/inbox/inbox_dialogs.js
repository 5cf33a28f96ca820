import {Component, onWillStart, useState} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {Dialog} from "@web/core/dialog/dialog";
import {RecordSelector} from "@web/core/record_selectors/record_selector";
import {deserializeDateTime, serializeDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {user} from "@web/core/user";
import {useService} from "@web/core/utils/hooks";

const {DateTime} = luxon;
/** Colleagues that are offered without a search: one click chooses one of them. */
const OFFERED = 7;
/** Where this browser keeps whom its user chose last. */
const CHOSEN = "kala_comm.assigned";

/** @returns {Number[]} ids, the one chosen last first */
function chosenBefore() {
    const ids = (browser.localStorage.getItem(CHOSEN) || "").split(",").map(Number);
    return ids.filter((id) => Number.isInteger(id) && id > 0);
}

/** Who is to answer? */
export class AssignDialog extends Component {
    static template = "kala_comm.InboxAssign";
    static components = {Dialog, RecordSelector};
    static props = {count: Number, assign: Function, close: Function};

    setup() {
        this.orm = useService("orm");
        this.me = user.userId;
        /** Employees of a company that the user works in now. */
        this.domain = [
            ["share", "=", false],
            ["company_ids", "in", user.activeCompanies.map(({id}) => id)],
        ];
        onWillStart(async () => {
            this.colleagues = await this.readColleagues();
        });
    }
    get title() {
        return this.props.count > 1
            ? _t("Assign %(count)s conversations", {count: this.props.count})
            : _t("Assign the conversation");
    }

    /** Those who were chosen last, then others by their names. */
    async readColleagues() {
        const before = chosenBefore();
        const read = (operator) =>
            this.orm.silent.searchRead(
                "res.users",
                [...this.domain, ["id", "!=", this.me], ["id", operator, before]],
                ["name"],
                {limit: OFFERED, order: "name"}
            );
        const [known, others] = await Promise.all([
            before.length ? read("in") : [],
            read("not in"),
        ]);
        known.sort((one, other) => before.indexOf(one.id) - before.indexOf(other.id));
        return [...known, ...others].slice(0, OFFERED);
    }

    choose(userId) {
        if (userId) {
            if (userId !== this.me) {
                const others = chosenBefore().filter((id) => id !== userId);
                const ids = [userId, ...others].slice(0, OFFERED);
                browser.localStorage.setItem(CHOSEN, ids.join(","));
            }
            this.props.close();
            this.props.assign(userId);
        }
    }
}

/** When is it to come back? */
export class PutOffDialog extends Component {
    static template = "kala_comm.InboxPutOff";
    static components = {Dialog};
    static props = {
        count: Number,
        /** UTC: the time that was chosen before, where it is still to come (TA6). */
        again: {type: String, optional: true},
        putOff: Function,
        close: Function,
    };

    setup() {
        this.state = useState({picked: ""});
    }
    get title() {
        return this.props.count > 1
            ? _t("Put off %(count)s conversations", {count: this.props.count})
            : _t("Put off the conversation");
    }
    get moments() {
        const now = DateTime.local();
        const atNine = {hour: 9, minute: 0, second: 0, millisecond: 0};
        const monday = now.plus({weeks: 1}).startOf("week").set(atNine);
        const again = this.props.again && deserializeDateTime(this.props.again);
        const before = again > now ? [{label: _t("As before"), moment: again}] : [];
        const moments = [
            ...before,
            {label: _t("In an hour"), moment: now.plus({hours: 1})},
            {label: _t("In three hours"), moment: now.plus({hours: 3})},
            {label: _t("Tomorrow"), moment: now.plus({days: 1}).set(atNine)},
            {label: _t("Next week"), moment: monday},
        ].map(({label, moment}) => ({
            label,
            until: serializeDateTime(moment),
            words: moment.toLocaleString({
                ...(moment.diff(now, "days").days < 7
                    ? {weekday: "short"}
                    : {day: "numeric", month: "short"}),
                hour: "numeric",
                minute: "2-digit",
            }),
        }));
        // On a Sunday, tomorrow is next week.
        return moments.filter(
            ({until}, n) => !moments.slice(0, n).some((one) => one.until === until)
        );
    }
    get canPick() {
        const moment = DateTime.fromISO(this.state.picked);
        return moment.isValid && moment > DateTime.local();
    }
    pick() {
        if (this.canPick) {
            this.choose(serializeDateTime(DateTime.fromISO(this.state.picked)));
        }
    }
    choose(until) {
        this.props.close();
        this.props.putOff(until);
    }

    /** Up and down go through the moments, as in a menu. */
    onKeydown(ev) {
        const step = {ArrowDown: 1, ArrowUp: -1}[ev.key];
        if (!step || ev.target.matches("input")) {
            return;
        }
        const buttons = [...ev.currentTarget.querySelectorAll(".o_kala_until")];
        const at = buttons.indexOf(document.activeElement);
        buttons[(at + step + buttons.length) % buttons.length].focus();
        ev.preventDefault();
    }
}

/** The keys of the Inbox. */
export class KeysDialog extends Component {
    static template = "kala_comm.InboxKeys";
    static components = {Dialog};
    static props = {close: Function};

    setup() {
        this.keys = [
            [["J", "↓"], _t("Next conversation")],
            [["K", "↑"], _t("Previous conversation")],
            [["R"], _t("Answer")],
            [["Ctrl+Enter"], _t("Send the answer")],
            [["Esc"], _t("Leave the answer; the draft stays")],
            [["E"], _t("Done: nobody has to answer")],
            [["A"], _t("Assign to somebody")],
            [["S"], _t("Put off")],
            [["U"], _t("Mark as read or unread")],
            [["G"], _t("Open the record")],
            [["I"], _t("Show or hide the record's card")],
            [["X"], _t("Select; then A, S, E are for all that are selected")],
            [["/"], _t("Search the list")],
            [["?"], _t("Show these keys")],
        ];
    }
}
