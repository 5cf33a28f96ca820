import {Component, useState} from "@odoo/owl";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {deserializeDateTime, serializeDateTime} from "@web/core/l10n/dates";
import {localization} from "@web/core/l10n/localization";
import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";
import {agoOf, momentOf} from "./lines";

const {DateTime} = luxon;
/** Tasks that stand above the answer; who has more has them in his activities. */
const SHOWN = 3;
const CALLS = ["missed_call", "answered_call"];

/** What waits for somebody stands above the answer: done, or put off (TA6). */
export class TaskStrip extends Component {
    static template = "kala_comm.TaskStrip";
    static components = {Dropdown, DropdownItem};
    static props = {
        tasks: Array,
        /** Called with a task that is done; with none where the tasks shall be read again. */
        onChanged: Function,
    };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.state = useState({picking: false});
    }

    get tasks() {
        return this.props.tasks.slice(0, SHOWN);
    }
    get restWords() {
        const count = this.props.tasks.length - SHOWN;
        return count > 0 ? _t("and %(count)s more", {count}) : "";
    }

    /** All of it, for who rests on it. */
    words(task) {
        const said = [this.nameWords(task), this.timeWords(task), this.userWords(task)];
        return said.filter(Boolean).join(" · ");
    }
    /** What is cut off where there is no room: never the time. */
    nameWords(task) {
        return [task.name, this.countWords(task)].filter(Boolean).join(" · ");
    }
    /** Calls raise the count, too (TA2). */
    countWords({count, kind}) {
        if (count < 2) {
            return "";
        }
        return CALLS.includes(kind)
            ? _t("%(count)s calls", {count})
            : _t("%(count)s messages", {count});
    }
    timeWords(task) {
        return this.putOffWords(task) || agoOf(task.since);
    }
    userWords({is_mine: isMine, user}) {
        return (!isMine && user) || "";
    }

    putOffWords({put_off_until: until}) {
        if (!until) {
            return "";
        }
        return until === "contact"
            ? _t("put off until the contact writes")
            : _t("put off until %(moment)s", {moment: momentOf(until)});
    }

    async takeBack(task) {
        await this.orm.call("mail.activity", "kala_take_back", [[task.id]]);
        this.props.onChanged();
    }

    /** Moments to put a task off to, in the reader's own time; first the one of before (TA6). */
    momentsOf({put_off_again: again}) {
        const now = DateTime.local();
        const before = again && deserializeDateTime(again);
        // The next first day of a week, where the user lives.
        const days = (localization.weekStart - now.weekday + 7) % 7 || 7;
        const nine = {hour: 9, minute: 0, second: 0, millisecond: 0};
        return [
            ...(before > now
                ? [{name: "again", label: momentOf(again), moment: before}]
                : []),
            {name: "hour", label: _t("1 hour"), moment: now.plus({hours: 1})},
            {
                name: "tomorrow",
                label: _t("Tomorrow 9:00"),
                moment: now.plus({days: 1}).set(nine),
            },
            {
                name: "week",
                label: _t("Next week"),
                moment: now.plus({days}).set(nine),
            },
        ];
    }

    async finish(task) {
        await this.orm.call("mail.activity", "action_done", [[task.id]]);
        this.props.onChanged(task);
    }

    /** @param {DateTime|false} moment false: until the contact writes again */
    async putOff(task, moment) {
        this.state.picking = false;
        await this.orm.call("mail.activity", "kala_put_off", [
            [task.id],
            moment ? serializeDateTime(moment) : false,
        ]);
        this.props.onChanged();
    }

    onPicked(task, ev) {
        const moment = DateTime.fromISO(ev.target.value);
        if (!moment.isValid) {
            return;
        }
        if (moment <= DateTime.local()) {
            this.notification.add(_t("This time is over. Choose a later one."), {
                type: "warning",
            });
            return;
        }
        this.putOff(task, moment);
    }
}
