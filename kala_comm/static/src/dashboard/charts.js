import {cookie} from "@web/core/browser/cookie";
import {getColor} from "@web/core/colors/colors";
import {_t} from "@web/core/l10n/translation";
import {localization} from "@web/core/l10n/localization";
import {deserializeDate} from "@web/core/l10n/dates";
import {formatDuration} from "../fields/duration";
import {valueWords} from "./words";

/** Labels of an axis that have room. */
const MOST_LABELS = 10;

function scheme() {
    return cookie.get("color_scheme");
}

function ink() {
    return scheme() === "dark" ? "#c8ccd4" : "#5f636f";
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
function options({legend, format = (value) => valueWords(value, "count"), ...more}) {
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
                labels: {color: ink(), boxWidth: 12, usePointStyle: true},
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
 * @param {Object} bars of `kala.dashboard.figures`
 * @param {"incoming"|"outgoing"} side
 * @returns {Object} configuration of Chart.js: a bar for each day, made of the channels
 */
export function volumeChart(bars, side) {
    const series = bars.series.filter((one) => one.side === side);
    return {
        type: "bar",
        data: {
            labels: bars.labels.map(barLabel),
            datasets: series.map(({label, values}, index) => ({
                label,
                data: values,
                backgroundColor: getColor(index, scheme(), "md"),
                maxBarThickness: 44,
                borderRadius: 2,
            })),
        },
        options: options({legend: true, x: {stacked: true}, y: {stacked: true}}),
    };
}

/** The middle time to an answer, day by day. */
export function timeChart(bars) {
    const color = getColor(0, scheme(), "odoo");
    return {
        type: "line",
        data: {
            labels: bars.labels.map(barLabel),
            datasets: [
                {
                    label: _t("Time to answer"),
                    data: bars.times,
                    borderColor: color,
                    backgroundColor: color,
                    pointRadius: 4,
                    spanGaps: true,
                    tension: 0.25,
                },
            ],
        },
        options: options({legend: false, format: (value) => formatDuration(value)}),
    };
}

/** Failures by kind, the most frequent on top. */
export function failureChart(failures) {
    const isRtl = localization.direction === "rtl";
    return {
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
}
