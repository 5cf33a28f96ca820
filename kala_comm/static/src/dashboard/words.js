import {
    deserializeDate,
    deserializeDateTime,
    formatDate,
    formatDateTime,
} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {formatInteger, formatPercentage} from "@web/views/fields/formatters";
import {formatDuration} from "../fields/duration";

/**
 * @param {String} first day such as "2026-11-29"
 * @param {String} last day
 * @returns {String} the same as the reader writes it
 */
export function daysWords(first, last) {
    const days = [first, last].map((day) => formatDate(deserializeDate(day)));
    return first === last
        ? days[0]
        : _t("%(first)s – %(last)s", {first: days[0], last: days[1]});
}

/**
 * @param {String|false} moment UTC
 * @returns {String} the same in the zone of the reader
 */
export function momentWords(moment) {
    return moment ? formatDateTime(deserializeDateTime(moment)) : "";
}

function percent(value) {
    return formatPercentage(value / 100, {digits: [16, 0]});
}

/**
 * @param {Number|null} value
 * @param {"count"|"time"|"share"} kind
 * @returns {String} as people say it; a dash where there is nothing to say
 */
export function valueWords(value, kind) {
    if (value === null || value === undefined || value === false) {
        return "–";
    }
    if (kind === "time") {
        return formatDuration(value);
    }
    return kind === "share" ? percent(value) : formatInteger(value);
}

/**
 * What a figure is beside the same of the period before.
 *
 * @param {Object} card with `value`, `before`, `kind` and `better`
 * @returns {Object|null} `arrow`, `words`, `tone`; null where there is nothing to compare with
 */
export function trendOf({value, before, kind, better}) {
    if (value === null || before === null || (kind !== "share" && !before)) {
        return null;
    }
    const change =
        kind === "share"
            ? value - before
            : Math.round((100 * (value - before)) / before);
    const amount = Math.abs(change);
    const words = kind === "share" ? _t("%s points", amount) : percent(amount);
    if (!change) {
        return {arrow: "fa-minus", words: _t("as before"), tone: "text-muted"};
    }
    const isUp = change > 0;
    const isGood = isUp === (better === "more");
    return {
        arrow: isUp ? "fa-caret-up" : "fa-caret-down",
        words: `${isUp ? "+" : "−"}${words}`,
        tone: better ? (isGood ? "text-success" : "text-danger") : "text-muted",
    };
}
