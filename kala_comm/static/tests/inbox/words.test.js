import {beforeEach, describe, expect, test} from "@odoo/hoot";
import {mockDate, mockTimeZone} from "@odoo/hoot-mock";
import {allowTranslations} from "@web/../tests/web_test_helpers";
import {
    initialsOf,
    lastLineOf,
    plain,
    putOffWords,
    timeOfRow,
    waitingWords,
} from "@kala_comm/inbox/words";
import {rowOf} from "./inbox.helper";

describe.current.tags("headless");
beforeEach(() => {
    allowTranslations();
    mockDate("2026-03-11 12:00:00");
    mockTimeZone("Europe/London");
});

test("LO9: how long somebody waits", () => {
    const cases = [
        [0, "now"],
        [12, "12 min"],
        [60, "1 h"],
        [70, "1 h 10"],
        [65, "1 h 05"],
        [185, "3 h"],
        [60 * 26, "1 d"],
        [60 * 24 * 400, "400 d"],
    ];
    for (const [minutes, words] of cases) {
        expect(String(waitingWords(minutes))).toBe(words);
    }
});

test("LO9: who waits an hour waits too long", () => {
    const cases = [
        ["2026-03-11 11:48:00", "12 min", false],
        ["2026-03-11 11:01:00", "59 min", false],
        ["2026-03-11 11:00:00", "1 h", true],
        // The server's clock may be ahead of the browser's.
        ["2026-03-11 12:00:40", "now", false],
    ];
    for (const [since, words, isLate] of cases) {
        const time = timeOfRow(rowOf(1, {waiting_since: since}), undefined, 60);
        expect([String(time.words), time.isLate]).toEqual([words, isLate]);
    }
});

test("LO9: the company says how long is too long; 0: nothing is", () => {
    const row = rowOf(1, {waiting_since: "2026-03-11 11:40:00"});
    for (const [late, isLate] of [
        [15, true],
        [20, true],
        [21, false],
        [0, false],
    ]) {
        expect(timeOfRow(row, undefined, late).isLate).toBe(isLate);
    }
});

test("LO9: where nobody waits, when the last line was", () => {
    const cases = [
        ["2026-03-10 09:00:00", "Yesterday"],
        ["2026-03-03 09:00:00", "Mar 3"],
        ["2025-03-03 09:00:00", "Mar 3, 2025"],
        [false, ""],
    ];
    for (const [date, words] of cases) {
        const time = timeOfRow(rowOf(1, {waiting_since: false, date}));
        expect([String(time.words), time.isLate]).toEqual([words, false]);
    }
});

test("LO9: initials in any script, none for a number", () => {
    const cases = [
        ["Dana Levi", "DL"],
        ["דנה לוי", "דל"],
        ["Dana", "D"],
        ["+972 50-234-5678", ""],
        ["𝒟ana", "𝒟"],
        ["", ""],
        ["\u202eDana Levi", "DL"],
    ];
    for (const [name, initials] of cases) {
        expect(initialsOf(name)).toBe(initials);
    }
});

test("LO9: a name neither turns its neighbours nor fills the page", () => {
    expect(plain("\u202eevil\u2067 name\n\n")).toBe("evil name");
    expect(plain("x".repeat(10000)).length).toBe(200);
    expect(plain(false)).toBe("");
});

test("LO9: the last line says what it is", () => {
    const cases = [
        [
            {call_status: "missed", channel: "voice", text: ""},
            "fa-phone",
            "Missed call",
            true,
        ],
        [
            {side: "out", state: "failed", text: "Hi"},
            "fa-exclamation-triangle",
            "Hi",
            true,
        ],
        [
            {side: "out", state: "delivered", text: "Hi"},
            "o_kala_two_ticks",
            "Hi",
            false,
        ],
        [{side: "in", text: "Hello"}, null, "Hello", false],
    ];
    for (const [values, icon, text, isBad] of cases) {
        const last = lastLineOf(rowOf(1, values));
        if (icon) {
            expect(last.icon).toBe(icon);
        }
        expect([String(last.text), last.isBad]).toEqual([text, isBad]);
    }
});

test("LO9: until when something is put off", () => {
    expect(putOffWords(rowOf(1))).toBe("");
    expect(String(putOffWords(rowOf(1, {put_off_until: "contact"})))).toBe(
        "until they write"
    );
    expect(putOffWords(rowOf(1, {put_off_until: "2026-03-11 15:30:00"}))).toMatch(
        /3:30/
    );
});
