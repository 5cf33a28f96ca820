import {deserializeDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {UNANSWERED} from "../channels";

const {DateTime} = luxon;

/** Icon of a state of a message of ours, and its name for who does not see the icon. */
const TICKS = {
    scheduled: ["fa-clock-o", _t("Scheduled")],
    queued: ["fa-clock-o", _t("Queued")],
    sending: ["fa-clock-o", _t("Being sent")],
    sent: ["fa-check", _t("Sent")],
    delivered: ["o_kala_two_ticks", _t("Delivered")],
    read: ["o_kala_two_ticks o_kala_read", _t("Read")],
    failed: ["fa-exclamation-triangle", _t("Failed")],
    unknown: ["fa-question-circle", _t("Not known whether it arrived")],
    cancelled: ["fa-ban", _t("Cancelled")],
};

export function tickOf(line) {
    const [icon, title] = TICKS[line.state] || ["", ""];
    return {icon, title};
}

export function timeOf(line) {
    return deserializeDateTime(line.date).toLocaleString(DateTime.TIME_SIMPLE);
}

/** A moment to come, as short as it is clear: "19:54", "Sun 8:00", "Nov 29, 8:00". */
export function momentOf(value) {
    const moment = deserializeDateTime(value);
    const days = moment
        .startOf("day")
        .diff(DateTime.local().startOf("day"), "days").days;
    const time = {hour: "numeric", minute: "2-digit"};
    if (days === 0) {
        return moment.toLocaleString(time);
    }
    if (days > 0 && days < 7) {
        return moment.toLocaleString({weekday: "short", ...time});
    }
    return moment.toLocaleString({day: "numeric", month: "short", ...time});
}

/** The day of a line in words: what is near has a name. */
export function dayOf(line) {
    const day = deserializeDateTime(line.date).startOf("day");
    const today = DateTime.local().startOf("day");
    const ago = Math.round(today.diff(day, "days").days);
    if (ago === 0) {
        return _t("Today");
    }
    if (ago === 1) {
        return _t("Yesterday");
    }
    const year = day.year === today.year ? {} : {year: "numeric"};
    return day.toLocaleString({
        weekday: "long",
        day: "numeric",
        month: "long",
        ...year,
    });
}

/** Older before younger; what came at the same moment, in the order of the server. */
function isBefore(one, other) {
    for (let n = 0; n < 3; n++) {
        if (one.place[n] !== other.place[n]) {
            return one.place[n] < other.place[n];
        }
    }
    return false;
}

/**
 * @param {Object[]} known lines, the oldest first
 * @param {Object[]} news lines that are new or changed
 * @returns {Object[]} all of them, each once, the oldest first
 */
export function mergeLines(known, news) {
    const byKey = new Map(known.map((line) => [line.key, line]));
    news.forEach((line) => byKey.set(line.key, line));
    return [...byKey.values()].sort((a, b) => (isBefore(a, b) ? -1 : 1));
}

/**
 * What stands between the lines: days, and where our number or the channel changes.
 *
 * @returns {Object[]} of {key, line, day, isFirst}: `day` only before the first line of one,
 *  `via` only where channel or line differ from the message before
 */
export function rowsOf(lines) {
    let day = "";
    let via = "";
    return lines.map((line) => {
        const row = {key: line.key, line, day: "", via: ""};
        const ownDay = dayOf(line);
        if (ownDay !== day) {
            row.day = day = ownDay;
        }
        if (line.type === "text" || line.type === "email") {
            const own = `${line.channel}/${line.line_id}`;
            row.via = own === via ? "" : own;
            via = own;
        }
        return row;
    });
}

export function isMissed(line) {
    return line.side === "in" && UNANSWERED.includes(line.call_status);
}

/** How long people talked: "5:12", "1:02:03". */
function talkOf(seconds) {
    const two = (number) => String(number).padStart(2, "0");
    const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60)];
    return hours
        ? `${hours}:${two(minutes % 60)}:${two(seconds % 60)}`
        : `${minutes}:${two(seconds % 60)}`;
}

/** What became of a call, in words. */
export function callWords(line) {
    const talk = line.duration ? talkOf(line.duration) : "";
    if (line.call_status === "ringing") {
        return line.side === "in" ? _t("Incoming call …") : _t("Outgoing call …");
    }
    if (line.call_status === "untold") {
        return _t("Call, its end was not told");
    }
    if (line.call_status === "voicemail") {
        return _t("Voicemail");
    }
    if (isMissed(line)) {
        return _t("Missed call");
    }
    if (line.side === "out") {
        return talk
            ? _t("Outgoing call, %(talk)s", {talk})
            : _t("Outgoing call, not answered");
    }
    return talk ? _t("Answered, %(talk)s", {talk}) : _t("Answered");
}
