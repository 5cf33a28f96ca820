import {beforeEach, describe, expect, test} from "@odoo/hoot";
import {mockDate, mockTimeZone} from "@odoo/hoot-mock";
import {allowTranslations} from "@web/../tests/web_test_helpers";
import {
    callWords,
    dayOf,
    isMissed,
    mergeLines,
    momentOf,
    rowsOf,
    tickOf,
} from "@kala_comm/conversation/lines";
import {changeOf, lineOf} from "./lines.helper";

describe.current.tags("headless");

beforeEach(() => {
    allowTranslations();
    mockDate("2026-03-11 12:00:00", 0);
});

test("LO4: each state of a message of ours has its tick and its name", () => {
    const cases = [
        ["scheduled", "fa-clock-o", "Scheduled"],
        ["queued", "fa-clock-o", "Queued"],
        ["sending", "fa-clock-o", "Being sent"],
        ["sent", "fa-check", "Sent"],
        ["delivered", "o_kala_two_ticks", "Delivered"],
        ["read", "o_kala_two_ticks o_kala_read", "Read"],
        ["failed", "fa-exclamation-triangle", "Failed"],
        ["unknown", "fa-question-circle", "Not known whether it arrived"],
        ["cancelled", "fa-ban", "Cancelled"],
        ["received", "", ""],
    ];
    for (const [state, icon, title] of cases) {
        const tick = tickOf(lineOf({state}));
        expect(tick.icon).toBe(icon);
        expect(String(tick.title)).toBe(title);
    }
});

test("LO2: what is near has a name; another year is told", () => {
    const cases = [
        ["2026-03-11 00:00:00", "Today"],
        ["2026-03-10 23:59:59", "Yesterday"],
        ["2026-03-09 10:00:00", "Monday, March 9"],
        ["2025-03-09 10:00:00", "Sunday, March 9, 2025"],
    ];
    for (const [date, words] of cases) {
        expect(String(dayOf(lineOf({date})))).toBe(words);
    }
});

test("LO2: the day is the reader's, not Greenwich's", () => {
    mockTimeZone("Asia/Jerusalem");
    expect(String(dayOf(lineOf({date: "2026-03-10 22:30:00"})))).toBe("Today");
    expect(String(dayOf(lineOf({date: "2026-03-10 21:30:00"})))).toBe("Yesterday");
});

test("WI1: a moment to come is as short as it is clear", () => {
    expect(momentOf("2026-03-11 19:54:00")).toMatch(/^7:54/);
    expect(momentOf("2026-03-15 08:00:00")).toMatch(/^Sun/);
    expect(momentOf("2026-04-15 08:00:00")).toMatch(/^Apr 15/);
});

test("LO2: one chip per day, and one word where the channel or our number changes", () => {
    const lines = [
        lineOf({id: 1, date: "2026-03-09 10:00:00"}),
        lineOf({id: 2, date: "2026-03-09 11:00:00"}),
        changeOf(5, "2026-03-09 11:30:00"),
        lineOf({id: 3, date: "2026-03-10 10:00:00"}),
        lineOf({id: 4, date: "2026-03-10 10:01:00", line_id: 9}),
        lineOf({id: 6, date: "2026-03-10 10:02:00", channel: "whatsapp", line_id: 9}),
        lineOf({id: 7, date: "2026-03-10 10:03:00", channel: "whatsapp", line_id: 9}),
    ];
    const rows = rowsOf(lines);
    expect(rows.map((row) => Boolean(row.day))).toEqual([
        ...[true, false, false, true, false, false, false],
    ]);
    expect(rows.map((row) => Boolean(row.via))).toEqual([
        ...[true, false, false, false, true, true, false],
    ]);
});

test("LO4: who wrote is said where it is another address than before", () => {
    const date = "2026-03-09 10:00:00";
    const other = "03-750-2233";
    const rows = rowsOf([
        lineOf({id: 1, date}),
        lineOf({id: 2, date}),
        lineOf({id: 3, date, side: "out"}),
        lineOf({id: 4, date}),
        lineOf({id: 5, date, contact: other}),
        lineOf({id: 6, date, contact: other, channel: "whatsapp"}),
    ]);
    const own = "050-234-5678";
    expect(rows.map((row) => row.contact)).toEqual([own, "", "", "", other, other]);
});

test("LO4: each line once, in the server's order, with what is new about it", () => {
    const date = "2026-03-09 10:00:00";
    const known = [lineOf({id: 1, date}), lineOf({id: 3, date, state: "sent"})];
    const news = [
        lineOf({id: 3, date, state: "read"}),
        lineOf({id: 2, date}),
        changeOf(1, date),
        lineOf({id: 9, date: "2026-03-08 10:00:00"}),
    ];
    const merged = mergeLines(known, news);
    expect(merged.map((line) => line.key)).toEqual(["c9", "c1", "c2", "c3", "m1"]);
    expect(merged[3].state).toBe("read");
});

test("VO: a call in words", () => {
    const cases = [
        [{call_status: "missed"}, "Missed call", true],
        [{call_status: "busy"}, "Missed call", true],
        [{call_status: "voicemail"}, "Voicemail", true],
        [{call_status: "ringing"}, "Incoming call …", false],
        [{call_status: "ringing", side: "out"}, "Outgoing call …", false],
        [{call_status: "answered", duration: 312}, "Answered 5:12", false],
        [{call_status: "answered", duration: 3723}, "Answered 1:02:03", false],
        [{call_status: "answered", duration: 0}, "Answered", false],
        [
            {call_status: "answered", side: "out", duration: 9},
            "Outgoing call 0:09",
            false,
        ],
        [{call_status: "missed", side: "out"}, "Outgoing call, not answered", false],
        [{call_status: "untold"}, "Call, its end was not told", false],
    ];
    for (const [values, words, missed] of cases) {
        const line = lineOf({type: "call", channel: "voice", ...values});
        expect(String(callWords(line))).toBe(words);
        expect(isMissed(line)).toBe(missed);
    }
});
