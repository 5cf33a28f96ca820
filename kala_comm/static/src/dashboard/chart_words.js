/** What the charts of the dashboard say, for people who do not see them. */
import {_t} from "@web/core/l10n/translation";
import {formatList} from "@web/core/l10n/utils";
import {valueWords} from "./words";

const sum = (values) => values.reduce((total, value) => total + value, 0);

/**
 * @param {Object[]} rows with `label` and `value`
 * @returns {String} such as "Calls: 12, E-mail: 3"
 */
export function totalWords(rows) {
    const words = rows.map(({label, value}) =>
        _t("%(name)s: %(value)s", {name: label, value: valueWords(value, "count")})
    );
    return words.length ? formatList(words, {style: "unit"}) : _t("There is nothing.");
}

/**
 * @param {String[]} labels of the bars
 * @param {Object[]} series with `label` and `values`, one for each bar
 * @returns {String} how many of each, and the highest bar
 */
export function volumeWords(labels, series) {
    const rows = series.map(({label, values}) => ({label, value: sum(values)}));
    const bars = labels.map((_label, bar) =>
        sum(series.map(({values}) => values[bar]))
    );
    const most = Math.max(0, ...bars);
    if (!most) {
        return _t("There is nothing.");
    }
    return _t("%(totals)s. The most: %(value)s (%(date)s).", {
        totals: totalWords(rows),
        value: valueWords(most, "count"),
        date: labels[bars.indexOf(most)],
    });
}

/**
 * @param {String[]} labels of the points
 * @param {Array} times seconds of each; null where nothing was answered
 * @returns {String} the shortest and the longest
 */
export function timeWords(labels, times) {
    const known = times.filter((seconds) => seconds !== null);
    if (!known.length) {
        return _t("There is nothing.");
    }
    const [short, long] = [Math.min(...known), Math.max(...known)];
    return _t(
        "The shortest: %(short)s (%(first)s). The longest: %(long)s (%(last)s).",
        {
            short: valueWords(short, "time"),
            first: labels[times.indexOf(short)],
            long: valueWords(long, "time"),
            last: labels[times.indexOf(long)],
        }
    );
}
