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

/** How long ago something came: "12 min", "3 h", "Yesterday 14:07". */
export function agoOf(value) {
    const moment = deserializeDateTime(value);
    const minutes = Math.floor(DateTime.local().diff(moment, "minutes").minutes);
    if (minutes < 1) {
        return _t("now");
    }
    if (minutes < 60) {
        return _t("%(count)s min", {count: minutes});
    }
    if (minutes < 12 * 60) {
        return _t("%(count)s h", {count: Math.floor(minutes / 60)});
    }
    return `${dayOf({date: value})} ${timeOf({date: value})}`;
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
 * Keep so many lines as a screen can bear.
 *
 * @param {Object[]} lines
 * @param {Number} most
 * @param {"start"|"end"} from where the reader is not
 * @returns {{lines: Object[], cut: Boolean}}
 */
export function shorten(lines, most, from) {
    if (lines.length <= most) {
        return {lines, cut: false};
    }
    const kept = from === "start" ? lines.slice(-most) : lines.slice(0, most);
    return {lines: kept, cut: true};
}

/** @returns {Object|undefined} the last text or e-mail of a side */
export function lastOfMessages(lines, side) {
    return lines.findLast((line) => line.side === side && line.type !== "call");
}

/**
 * Where the line "3 new" stands: before the first message of the contact that came after one read.
 *
 * @param {Object[]} lines
 * @param {String|false} readUntil UTC as the server writes it; empty: nothing was read yet; false:
 *  it is not known
 * @returns {String} key of a line; empty: nothing is new
 */
export function firstUnread(lines, readUntil) {
    if (readUntil === false) {
        return "";
    }
    const isNew = (line) => line.side === "in" && line.date > readUntil;
    return lines.find(isNew)?.key || "";
}

/**
 * What stands between the lines: days, where our number, the channel or the contact's address
 * changes, and which other records competed for a message.
 *
 * @returns {Object[]} of {key, line, day, via, contact, others}: `day` only before the first line
 *  of one; `via`, `contact` and `others` only where they differ from those of the message before
 */
export function rowsOf(lines) {
    let day = "";
    let via = "";
    let contact = "";
    let others = "[]";
    return lines.map((line) => {
        const row = {key: line.key, line, day: "", via: "", contact: "", others: []};
        const ownDay = dayOf(line);
        if (ownDay !== day) {
            row.day = day = ownDay;
        }
        if (line.type === "text" || line.type === "email") {
            const own = `${line.channel}/${line.line_id}`;
            row.via = own === via ? "" : own;
            via = own;
            if (line.side === "in" && line.contact) {
                row.contact = !row.via && line.contact === contact ? "" : line.contact;
                contact = line.contact;
            }
        }
        if (line.others) {
            const rivals = JSON.stringify(line.others);
            row.others = rivals === others ? [] : line.others;
            others = rivals;
        }
        return row;
    });
}

/**
 * The one thing that can help a message that failed, or of which nobody knows (DE4).
 *
 * @returns {Object[]} of {label, and one of: method, template, mend}
 */
export function remediesOf({side, state, failure_kind: kind}) {
    if (side !== "out") {
        return [];
    }
    if (state === "unknown") {
        return [
            {label: _t("It arrived"), method: "action_arrived"},
            {label: _t("Send again"), method: "action_resend"},
        ];
    }
    if (state !== "failed") {
        return [];
    }
    const remedy = {
        window: {label: _t("Choose a template"), template: true},
        address: {label: _t("Mend the address"), mend: true},
        consent: null,
    };
    const one =
        kind in remedy
            ? remedy[kind]
            : {label: _t("Send again"), method: "action_resend"};
    return one ? [one] : [];
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
            ? _t("Outgoing call %(talk)s", {talk})
            : _t("Outgoing call, not answered");
    }
    return talk ? _t("Answered %(talk)s", {talk}) : _t("Answered");
}
