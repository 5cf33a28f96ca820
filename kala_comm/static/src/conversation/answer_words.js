import {deserializeDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {momentOf} from "./lines";

const {DateTime} = luxon;

/** How long free text may still be written (WA6); empty: for ever, or not at all. */
export function freeWordsOf({free_until: until, is_free: isFree}) {
    if (!until || !isFree) {
        return "";
    }
    const left = deserializeDateTime(until).diff(DateTime.local(), [
        "hours",
        "minutes",
    ]);
    return _t("Free text for %(hours)s h %(minutes)s", {
        hours: Math.max(0, left.hours),
        minutes: String(Math.max(0, Math.floor(left.minutes))).padStart(2, "0"),
    });
}

/** What the button will do (LO4). */
export function sendLabelOf(facts, {changing, sendAfter}) {
    if (changing) {
        return _t("Change");
    }
    if (!facts.is_free && !facts.template) {
        return _t("Template only");
    }
    const moment = sendAfter || facts.opens_at;
    return moment ? _t("Leaves %(moment)s", {moment: momentOf(moment)}) : _t("Send");
}

/** Characters as people count them: an emoji of two code units is one. */
export function countWordsOf(body) {
    const count = [...body].length;
    return count === 1 ? _t("1 character") : _t("%(count)s characters", {count});
}

/** @param {Object} answered who of us answered since the draft was begun, and when; or false */
export function answeredWordsOf(answered) {
    return answered
        ? _t("%(who)s answered at %(time)s, while you were writing.", {
              who: answered.who,
              time: momentOf(answered.date),
          })
        : "";
}
