import {describe, expect, test} from "@odoo/hoot";
import {countSegments} from "@kala_comm_sms/segments";

describe.current.tags("headless");

const EMOJI = "\u{1F600}";
const CASES = [
    ["", "GSM-7", 0, 0],
    ["a".repeat(160), "GSM-7", 160, 1],
    ["a".repeat(161), "GSM-7", 161, 2],
    ["a".repeat(306), "GSM-7", 306, 2],
    ["a".repeat(307), "GSM-7", 307, 3],
    ["a".repeat(159) + "€", "GSM-7", 161, 2],
    ["a".repeat(152) + "€" + "a".repeat(152), "GSM-7", 306, 3],
    ["א".repeat(70), "UCS-2", 70, 1],
    ["א".repeat(71), "UCS-2", 71, 2],
    ["א".repeat(134), "UCS-2", 134, 2],
    ["א".repeat(135), "UCS-2", 135, 3],
    [EMOJI.repeat(35), "UCS-2", 70, 1],
    [EMOJI.repeat(36), "UCS-2", 72, 2],
    [EMOJI.repeat(67), "UCS-2", 134, 3],
    ["{}", "GSM-7", 4, 1],
    ["₪", "UCS-2", 1, 1],
    ["\t", "UCS-2", 1, 1],
];

test("SM3: a text is counted as the networks count it", () => {
    for (const [text, encoding, units, count] of CASES) {
        expect(countSegments(text)).toEqual({encoding, units, count});
    }
});

test("nothing costs nothing", () => {
    expect(countSegments(false).count).toBe(0);
    expect(countSegments(undefined).count).toBe(0);
});
