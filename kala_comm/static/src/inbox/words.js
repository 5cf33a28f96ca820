import {deserializeDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {CHANNEL_ICONS} from "../channels";
import {callWords, isMissed, momentOf, tickOf} from "../conversation/lines";

const {DateTime} = luxon;
/** Characters of a name or a text that a row has room for, many times over. */
const MOST = 200;
/** Characters that turn the direction of what follows: a name must not turn its neighbours. */
const TURNING = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
/** Colours of the circles with initials. */
const TINTS = 6;

/** A name or a text as it is safe and short enough to be shown in a row. */
export function plain(text) {
    return (text || "").replace(TURNING, "").replace(/\s+/g, " ").trim().slice(0, MOST);
}

/** First letters of the first two words; nothing for a number. */
export function initialsOf(name) {
    return plain(name)
        .split(" ")
        .map((word) => [...word].find((letter) => /\p{L}/u.test(letter)))
        .filter(Boolean)
        .slice(0, 2)
        .join("")
        .toUpperCase();
}

/** The same record has the same colour each time. */
export function tintOf({id}) {
    return `o_kala_tint_${id % TINTS}`;
}

function minutesSince(moment, now) {
    return Math.max(0, Math.floor(now.diff(moment, "minutes").minutes));
}

/** How long somebody waits: "12 min", "1 h 10", "3 h", "2 d". */
export function waitingWords(minutes) {
    if (minutes < 1) {
        return _t("now");
    }
    if (minutes < 60) {
        return _t("%(minutes)s min", {minutes});
    }
    const hours = Math.floor(minutes / 60);
    const rest = minutes % 60;
    if (hours < 3 && rest) {
        return _t("%(hours)s h %(minutes)s", {
            hours,
            minutes: String(rest).padStart(2, "0"),
        });
    }
    if (hours < 24) {
        return _t("%(hours)s h", {hours});
    }
    return _t("%(days)s d", {days: Math.floor(hours / 24)});
}

/** When the last line came: the time of today, else the day. */
function dateWords(moment, now) {
    const days = now.startOf("day").diff(moment.startOf("day"), "days").days;
    if (days < 1) {
        return moment.toLocaleString(DateTime.TIME_SIMPLE);
    }
    if (days < 2) {
        return _t("Yesterday");
    }
    const year = moment.year === now.year ? {} : {year: "numeric"};
    return moment.toLocaleString({day: "numeric", month: "short", ...year});
}

/**
 * @param {Object} row of `kala.waiting`
 * @param {DateTime} now
 * @param {Number} late minutes after which who waits has waited too long; 0: nobody has
 * @returns {{words: String, isLate: Boolean, title: String}} how long the contact waits; where
 *  nobody waits, when the last line was
 */
export function timeOfRow(row, now = DateTime.local(), late = 0) {
    if (row.waiting_since) {
        const since = deserializeDateTime(row.waiting_since);
        const minutes = minutesSince(since, now);
        return {
            words: waitingWords(minutes),
            isLate: late > 0 && minutes >= late,
            title: _t("Waits since %(moment)s", {
                moment: since.toLocaleString(DateTime.DATETIME_MED),
            }),
        };
    }
    if (!row.date) {
        return {words: "", isLate: false, title: ""};
    }
    const date = deserializeDateTime(row.date);
    return {
        words: dateWords(date, now),
        isLate: false,
        title: date.toLocaleString(DateTime.DATETIME_MED),
    };
}

/** @returns {{icon: String, label: String, text: String, isBad: Boolean}} the last line */
export function lastLineOf(row) {
    const text = plain(row.text);
    if (row.call_status) {
        return {
            icon: "fa-phone",
            label: _t("Call"),
            text: text || callWords(row),
            isBad: isMissed(row),
        };
    }
    if (row.side === "out") {
        const {icon, title} = tickOf(row);
        const isBad = ["failed", "unknown"].includes(row.state);
        return {icon, label: title, text, isBad};
    }
    return {icon: CHANNEL_ICONS[row.channel] || "", label: "", text, isBad: false};
}

/** Until when a conversation is put off, in words; nothing where it is not. */
export function putOffWords({put_off_until: until}) {
    if (!until) {
        return "";
    }
    return until === "contact" ? _t("until they write") : momentOf(until);
}

/** Who it is, and what it is about where that says more. */
export function titleOf(row) {
    const name = plain(row.customer) || plain(row.name);
    const about = plain(row.name);
    return {name, about: about === name ? "" : about};
}

/** A count as it fits on a tab. */
export function countWords(count, limit) {
    return count >= limit ? `${limit - 1}+` : String(count);
}
