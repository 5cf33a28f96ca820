import {localization} from "@web/core/l10n/localization";

const {Info} = luxon;
/** Hours of a day that has none yet. */
const FIRST = [9, 18];
const WORKING_DAYS = 5;
/** As luxon counts: a week begins on it where people work until Thursday. */
const SUNDAY = 7;
const MONDAY = 1;

/**
 * @param {Number} hour 9.5 is half past nine
 * @returns {String} as an input of the type "time" has it
 */
export function clockOf(hour) {
    const minutes = Math.round(hour * 60) % (24 * 60);
    const two = (number) => String(number).padStart(2, "0");
    return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/**
 * @param {String} clock of an input of the type "time"
 * @param {Boolean} isEnd midnight is the end of the day
 * @returns {Number | null} hours; null where nothing is said
 */
export function hourOf(clock, isEnd) {
    const [hours, minutes] = (clock || "").split(":").map(Number);
    if (!Number.isInteger(hours) || !Number.isInteger(minutes)) {
        return null;
    }
    const hour = hours + minutes / 60;
    return isEnd && hour === 0 ? 24 : hour;
}

/**
 * A week to begin with: five days, in the order of the reader's week.
 *
 * @returns {Object[]} days: `day` as Odoo's calendars count (0: Monday), `name`, `ranges`
 */
export function firstDays() {
    const names = Info.weekdays("long");
    const first = localization.weekStart || MONDAY;
    const worksUntilThursday = first !== MONDAY;
    return [...Array(7).keys()].map((n) => {
        const weekday = ((first - 1 + n) % 7) + 1;
        const place = worksUntilThursday ? weekday % SUNDAY : weekday - 1;
        return {
            day: String(weekday - 1),
            name: names[weekday - 1],
            ranges: place < WORKING_DAYS ? [[...FIRST]] : [],
        };
    });
}

/**
 * @param {Object[]} days
 * @param {String} day
 * @returns {Number[]} hours to propose: after those of the day, else as on another day
 */
export function nextRange(days, day) {
    const own = days.find((row) => row.day === day).ranges;
    if (own.length) {
        const last = Math.max(...own.map(([, to]) => to));
        const from = Math.min(last + 1, 23);
        return [from, Math.min(from + 3, 24)];
    }
    const other = days.find(({ranges}) => ranges.length);
    return [...(other ? other.ranges[0] : FIRST)];
}
