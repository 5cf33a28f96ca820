import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * @param {Number|false} value seconds
 * @returns {String} its two largest units, such as "2 h 5 min"; empty where there is none
 */
export function formatDuration(value) {
    if (value === false || value === null || value === undefined) {
        return "";
    }
    const seconds = Math.round(value);
    if (seconds < MINUTE) {
        return _t("%(seconds)s s", {seconds});
    }
    const minutes = Math.round(seconds / MINUTE);
    if (minutes < 60) {
        return _t("%(minutes)s min", {minutes});
    }
    if (minutes < DAY / MINUTE) {
        return both(
            [Math.floor(minutes / 60), (hours) => _t("%(hours)s h", {hours})],
            [minutes % 60, (rest) => _t("%(minutes)s min", {minutes: rest})]
        );
    }
    const hours = Math.round(seconds / HOUR);
    return both(
        [Math.floor(hours / 24), (days) => _t("%(days)s d", {days})],
        [hours % 24, (rest) => _t("%(hours)s h", {hours: rest})]
    );
}

/** A smaller unit is said where there is something of it. */
function both([large, largeWords], [small, smallWords]) {
    return small ? `${largeWords(large)} ${smallWords(small)}` : largeWords(large);
}

/** Seconds as people say them. Empty where something has not happened, which Odoo gives as 0. */
export class KalaDurationField extends Component {
    static template = "kala_comm.DurationField";
    static props = {...standardFieldProps, dependsOn: {type: String, optional: true}};

    get text() {
        const {record, name, dependsOn} = this.props;
        return dependsOn && !record.data[dependsOn]
            ? ""
            : formatDuration(record.data[name]);
    }
}

/** Field of seconds → the date without which they mean nothing. */
const DATES = {
    seconds: "answer_date",
    work_seconds: "answer_date",
    back_seconds: "back_date",
};

registry.category("fields").add("kala_duration", {
    component: KalaDurationField,
    displayName: _t("Duration"),
    supportedTypes: ["integer", "float"],
    fieldDependencies: ({name}) =>
        DATES[name] ? [{name: DATES[name], type: "datetime"}] : [],
    extractProps: ({name}) => ({dependsOn: DATES[name]}),
});
registry.category("formatters").add("kala_duration", formatDuration);
