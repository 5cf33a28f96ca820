import {_t} from "@web/core/l10n/translation";
import {UNANSWERED} from "../channels";

/** Digits that two spellings of one number have in common, whatever stands before them. */
const LOCAL_DIGITS = 9;
/** Marks of direction and whatever else is not seen. */
const UNSEEN = /[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

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

function plain(words) {
    const seen = words.normalize("NFKC").replace(UNSEEN, "");
    const isNumber = /^[\d\s()+./-]{7,}$/.test(seen);
    return isNumber
        ? seen.replace(/\D/g, "").slice(-LOCAL_DIGITS)
        : seen.replace(/\s+/g, " ").trim().toLowerCase();
}

/** Whether a title is only the beginning of the text, perhaps cut. */
function isBeginning(title, text) {
    const words = plain(title.replace(/(…|\.\.\.)$/, ""));
    return Boolean(words) && plain(text).startsWith(words);
}

/**
 * What a title says that is not said beside it: a lead that a message made is called after its
 * sender and text ("Dana Levi: When do you come?").
 */
function titleWithout(title, names, {text, channel_name: channel}) {
    const repeats = (words) =>
        isBeginning(words, text || "") || plain(words) === plain(channel || "");
    const end = title.indexOf(": ");
    const isNamed = end > 0 && names.includes(plain(title.slice(0, end)));
    const rest = isNamed ? title.slice(end + 2) : title;
    return repeats(rest) ? "" : rest;
}

/**
 * What a notification says (NO2): the person, the record, the number and the latest lead, each
 * once. Of news about a record (a new lead, a task that is due) the record comes first.
 *
 * @returns {Object[]} of {kind, words}: record, customer, number or subject; the first one is the
 *  title
 */
export function saidOf(facts) {
    const {record, contact, customer, contact_name: name, subject, text} = facts;
    const names = [contact, customer, name].filter(Boolean).map(plain);
    const short = (title) => titleWithout(title || "", names, {...facts, text});
    const person = {kind: "customer", words: customer || name};
    const about = {kind: "record", words: short(record)};
    const isMessage = ["text", "email", "call"].includes(facts.family);
    const wanted = [
        ...(isMessage ? [person, about] : [about, person]),
        {kind: "number", words: contact},
        {kind: "subject", words: short(subject)},
    ];
    const said = new Set();
    const news = wanted.filter(({words}) => {
        const isNews = words && !said.has(plain(words));
        said.add(plain(words || ""));
        return isNews;
    });
    return news.length
        ? news
        : [{kind: "record", words: facts.record || facts.channel_name}];
}

/** Characters of what a popup of the browser says of a person or record, and of a text. */
const LONGEST = 60;
const LONGEST_TEXT = 200;

/** The beginning of a text that is too long; letters that are one for the reader stay together. */
export function cut(words, longest) {
    const letters = [...new Intl.Segmenter().segment(words)];
    if (letters.length <= longest) {
        return words;
    }
    const kept = letters.slice(0, longest - 1).map(({segment}) => segment);
    return `${kept.join("").trimEnd()}…`;
}

/**
 * Plain text has no markup for directions: what stands between these two is read in its own, so
 * that a phone number beside a Hebrew name keeps the order of its parts.
 */
const isolate = (words) => `\u2068${words}\u2069`;
const RIGHT_TO_LEFT = /[\u0590-\u08ff]/;

/** The first line of a popup of the browser. */
export function titleOf(facts) {
    return cut(saidOf(facts)[0].words, LONGEST);
}

/** The facts of a notification below its title, as lines of text. */
export function linesOf(facts) {
    const beside = saidOf(facts)
        .slice(1)
        .map(({words}) => cut(words, LONGEST));
    const isMixed = beside.some((words) => RIGHT_TO_LEFT.test(words));
    const words = beside.map((one) => (isMixed ? isolate(one) : one)).join(" · ");
    const event = eventOf(facts);
    return [words, event && cut(event, LONGEST_TEXT)].filter(Boolean).join("\n");
}
