import {timeStep} from "@kala_comm/dashboard/charts";
import {timeWords, totalWords, volumeWords} from "@kala_comm/dashboard/chart_words";
import {beforeEach, describe, expect, test} from "@odoo/hoot";
import {allowTranslations, patchWithCleanup} from "@web/../tests/web_test_helpers";
import {localization} from "@web/core/l10n/localization";

const DAYS = ["Nov 1", "Nov 2", "Nov 3"];

describe.current.tags("headless");
beforeEach(() => {
    allowTranslations();
    patchWithCleanup(localization, {
        grouping: [3, 0],
        thousandsSep: ",",
        decimalPoint: ".",
    });
});

test("LO12: a chart of messages says how many of each, and the highest day", () => {
    const series = [
        {label: "SMS", values: [1, 0, 2]},
        {label: "WhatsApp", values: [1, 4, 0]},
    ];
    expect(volumeWords(DAYS, series)).toBe("SMS: 3, WhatsApp: 5. The most: 4 (Nov 2).");
});

test("LO12: a chart of nothing says so", () => {
    expect(volumeWords(DAYS, [])).toBe("There is nothing.");
    expect(volumeWords(DAYS, [{label: "SMS", values: [0, 0, 0]}])).toBe(
        "There is nothing."
    );
    expect(timeWords(DAYS, [null, null, null])).toBe("There is nothing.");
    expect(totalWords([])).toBe("There is nothing.");
});

test("LO12: a chart of times says the shortest and the longest", () => {
    expect(timeWords(DAYS, [null, 90 * 60, 5 * 60])).toBe(
        "The shortest: 5 min (Nov 3). The longest: 1 h 30 min (Nov 2)."
    );
    // Answered at once is a time, too.
    expect(timeWords(DAYS, [0, null, null])).toBe(
        "The shortest: 0 s (Nov 1). The longest: 0 s (Nov 1)."
    );
});

test("LO12: a chart of failures says how many of each kind", () => {
    const failures = [
        {label: "No such number", value: 12},
        {label: "Blocked", value: 3},
    ];
    expect(totalWords(failures)).toBe("No such number: 12, Blocked: 3");
});

test("LO12: the axis of times has lines that people know the length of", () => {
    const minutes = (count) => timeStep(count * 60) / 60;
    expect([6, 20, 45, 150, 800].map(minutes)).toEqual([1, 5, 15, 30, 240]);
    expect(timeStep(0)).toBe(1);
    expect(timeStep(40 * 86400) / 86400).toBe(7);
});
