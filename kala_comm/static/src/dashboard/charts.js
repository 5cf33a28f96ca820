import {cookie} from "@web/core/browser/cookie";
import {getColor} from "@web/core/colors/colors";
import {_t} from "@web/core/l10n/translation";
import {localization} from "@web/core/l10n/localization";
import {deserializeDate} from "@web/core/l10n/dates";
import {timeWords, totalWords, volumeWords} from "./chart_words";
import {valueWords} from "./words";

/** Labels of an axis that have room. */
const MOST_LABELS = 10;

const counted = (value) => valueWords(value, "count");
const timed = (value) => valueWords(value, "time");

function scheme() {
    return cookie.get("color_scheme");
}

function ink() {
    return scheme() === "dark" ? "#c8ccd4" : "#5f636f";
}

/** Seconds between two lines of an axis of time, of which people know how long they are. */
const TIME_STEPS = [1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 14400, 43200, 86400];
const MOST_LINES = 6;

/**
 * @param {Number} longest seconds that the axis shows
 * @returns {Number} seconds from line to line
 */
export function timeStep(longest) {
    const fits = (step) => longest / step <= MOST_LINES;
    return TIME_STEPS.find(fits) || Math.ceil(longest / MOST_LINES / 86400) * 86400;
}

/** Of a pair of neighbours in Odoo's palette one is the shade of the other, so the pairs come last. */
function channelColor(index) {
    const half = 6;
    return getColor(
        ((index % half) * 2 + Math.floor(index / half)) % 12,
        scheme(),
        "md"
    );
}

function barLabel({date, hour, days}) {
    if (hour) {
        return hour;
    }
    const day = deserializeDate(date).setLocale(localization.code?.replace("_", "-"));
    const words = day.toLocaleString({day: "numeric", month: "short"});
    return days > 1 ? _t("from %s", words) : words;
}

/** What all charts have in common: sizes, colors, and where right and left are. */
function options({legend, format = counted, ...more}) {
    const isRtl = localization.direction === "rtl";
    const ticks = {color: ink(), maxRotation: 0, autoSkip: true};
    return {
        animation: false,
        maintainAspectRatio: false,
        responsive: true,
        plugins: {
            legend: {
                display: legend,
                rtl: isRtl,
                position: "bottom",
                labels: {color: ink(), boxHeight: 8, boxWidth: 8, usePointStyle: true},
            },
            tooltip: {
                rtl: isRtl,
                textDirection: localization.direction,
                callbacks: {
                    label: ({dataset, raw}) => ` ${dataset.label}: ${format(raw)}`,
                },
            },
        },
        scales: {
            x: {
                reverse: isRtl,
                grid: {display: false},
                ticks: {...ticks, maxTicksLimit: MOST_LABELS},
                ...more.x,
            },
            y: {
                beginAtZero: true,
                position: isRtl ? "right" : "left",
                ticks: {...ticks, precision: 0, callback: format},
                ...more.y,
            },
        },
        ...more.top,
    };
}

/**
 * What a chart is: `config` of Chart.js, and the same for those who do not see it or do not point: `words`, a sentence;
 * `head`, the title of the labels; `isSome`, whether a value is more than nothing; `format`, what writes it.
 *
 * @param {Object} bars of `kala.dashboard.figures`
 * @param {"incoming"|"outgoing"} side
 * @returns {Object} a bar for each day, made of the channels
 */
export function volumeChart(bars, side) {
    const series = bars.series.filter((one) => one.side === side);
    // A channel has the same color on both sides.
    const channels = [...new Set(bars.series.map(({channel}) => channel))];
    const labels = bars.labels.map(barLabel);
    const config = {
        type: "bar",
        data: {
            labels,
            datasets: series.map(({channel, label, values}) => ({
                label,
                data: values,
                backgroundColor: channelColor(channels.indexOf(channel)),
                maxBarThickness: 44,
                borderRadius: 2,
            })),
        },
        options: options({legend: true, x: {stacked: true}, y: {stacked: true}}),
    };
    return {
        config,
        head: _t("Date"),
        isSome: Boolean,
        format: counted,
        words: volumeWords(labels, series),
    };
}

/** The middle time to an answer, day by day. */
export function timeChart(bars) {
    const color = getColor(0, scheme(), "odoo");
    const labels = bars.labels.map(barLabel);
    const config = {
        type: "line",
        data: {
            labels,
            datasets: [
                {
                    label: _t("Time to answer"),
                    data: bars.times,
                    borderColor: color,
                    backgroundColor: color,
                    pointRadius: 4,
                    spanGaps: true,
                },
            ],
        },
        options: options({
            legend: false,
            format: timed,
            y: {
                ticks: {
                    color: ink(),
                    callback: timed,
                    stepSize: timeStep(Math.max(0, ...bars.times)),
                },
            },
        }),
    };
    return {
        config,
        head: _t("Date"),
        // Answered at once is an answer, too.
        isSome: (seconds) => seconds !== null,
        format: timed,
        words: timeWords(labels, bars.times),
    };
}

/** Failures by kind, the most frequent on top. */
export function failureChart(failures) {
    const isRtl = localization.direction === "rtl";
    const config = {
        type: "bar",
        data: {
            labels: failures.map(({label}) => label),
            datasets: [
                {
                    label: _t("Failed"),
                    data: failures.map(({value}) => value),
                    backgroundColor: "#d9534f",
                    maxBarThickness: 28,
                    borderRadius: 2,
                },
            ],
        },
        options: options({
            legend: false,
            top: {indexAxis: "y"},
            x: {
                beginAtZero: true,
                grid: {display: true},
                ticks: {color: ink(), precision: 0},
            },
            y: {
                grid: {display: false},
                ticks: {color: ink(), autoSkip: false},
                position: isRtl ? "right" : "left",
            },
        }),
    };
    return {
        config,
        head: _t("Reason"),
        isSome: Boolean,
        format: counted,
        words: totalWords(failures),
    };
}
