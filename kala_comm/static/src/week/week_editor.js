import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {clockOf, hourOf, nextRange} from "./week";

/** Seven days with their hours: several a day, or closed. */
export class WeekEditor extends Component {
    static template = "kala_comm.WeekEditor";
    static props = {
        week: Object,
        readonly: {type: Boolean, optional: true},
        onChange: Function,
    };

    setup() {
        this.clockOf = clockOf;
    }

    get isReadonly() {
        return this.props.readonly || !this.props.week.is_plain;
    }

    changeDay(day, ranges) {
        return this.props.onChange(
            this.props.week.days.map((row) =>
                row.day === day ? {...row, ranges} : row
            )
        );
    }

    add({day, ranges}) {
        return this.changeDay(day, [...ranges, nextRange(this.props.week.days, day)]);
    }

    remove({day, ranges}, place) {
        return this.changeDay(
            day,
            ranges.filter((_range, n) => n !== place)
        );
    }

    /** @param {Number} side 0: from, 1: to */
    onHour({day, ranges}, place, side, ev) {
        const hour = hourOf(ev.target.value, side === 1);
        if (hour === null) {
            ev.target.value = clockOf(ranges[place][side]);
            return;
        }
        return this.changeDay(
            day,
            ranges.map((range, n) =>
                n === place ? range.map((old, m) => (m === side ? hour : old)) : range
            )
        );
    }

    label(row, place, side) {
        const values = {day: row.name, n: place + 1};
        return side
            ? _t("%(day)s, hours %(n)s, to", values)
            : _t("%(day)s, hours %(n)s, from", values);
    }
}
