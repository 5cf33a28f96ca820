import {_t} from "@web/core/l10n/translation";
import {UNANSWERED} from "../channels";

/** What happened: the beginning of a text, or what became of a call. */
export function eventOf({call_status: status, text}) {
    if (status === "ringing") {
        return _t("Incoming call");
    }
    if (status === "voicemail") {
        return _t("Left a voicemail");
    }
    return UNANSWERED.includes(status) ? _t("Missed call") : text;
}

/** The facts of a notification below its title, as lines of text. */
export function linesOf(facts) {
    const who = [facts.contact, facts.customer || facts.contact_name];
    const subject = facts.subject === facts.record ? "" : facts.subject;
    return [who.filter(Boolean).join(" · "), subject, eventOf(facts)]
        .filter(Boolean)
        .join("\n");
}
