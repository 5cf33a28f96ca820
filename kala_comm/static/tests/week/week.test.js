import {clockOf, firstDays, hourOf, nextRange} from "@kala_comm/week/week";
import {describe, expect, test} from "@odoo/hoot";
import {localization} from "@web/core/l10n/localization";
import {patchWithCleanup} from "@web/../tests/web_test_helpers";

describe.current.tags("headless");

test("hours and what an input shows", () => {
    expect([0, 9, 9.5, 13.75, 24].map(clockOf)).toEqual([
        "00:00",
        "09:00",
        "09:30",
        "13:45",
        "00:00",
    ]);
    expect(["09:00", "09:30", "00:00"].map((clock) => hourOf(clock, false))).toEqual([
        9, 9.5, 0,
    ]);
    expect(hourOf("00:00", true)).toBe(24);
    expect(["", "nine", null].map((clock) => hourOf(clock, false))).toEqual([
        null,
        null,
        null,
    ]);
});

test("a week to begin with goes by the first day of the reader's week", () => {
    for (const [weekStart, first, closed] of [
        [1, "0", ["5", "6"]],
        [7, "6", ["4", "5"]],
        [6, "5", ["5", "4"]],
    ]) {
        patchWithCleanup(localization, {weekStart});
        const days = firstDays();
        expect(days.map(({day}) => day)[0]).toBe(first);
        expect(days.filter(({ranges}) => !ranges.length).map(({day}) => day)).toEqual(
            closed
        );
    }
});

test("hours that are proposed", () => {
    const days = [
        {day: "0", ranges: [[8, 12]]},
        {day: "1", ranges: []},
        {day: "2", ranges: [[9, 23]]},
    ];
    expect(nextRange(days, "0")).toEqual([13, 16]);
    expect(nextRange(days, "1")).toEqual([8, 12]);
    expect(nextRange(days, "2")).toEqual([23, 24]);
    expect(nextRange([{day: "0", ranges: []}], "0")).toEqual([9, 18]);
});
