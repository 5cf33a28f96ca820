/** How many messages a text costs; the same rules as in tools/segments.py. */

const GSM_BASIC = new Set(
    "@£$¥èéùìòÇ\nØø\rÅå" +
        "Δ_ΦΓΛΩΠΨΣΘΞÆæßÉ" +
        " !\"#¤%&'()*+,-./0123456789:;<=>?" +
        "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§" +
        "¿abcdefghijklmnopqrstuvwxyzäöñüà"
);
/** Sent as two septets: an escape and a code. */
const GSM_EXTENSION = new Set("\f^{}\\[~]|€");

const GSM7 = {name: "GSM-7", single: 160, part: 153};
const UCS2 = {name: "UCS-2", single: 70, part: 67};

/**
 * @param {String} text
 * @returns {{encoding: String, units: Number, count: Number}} units: septets or
 *     UTF-16 code units; count: messages
 */
export function countSegments(text) {
    const characters = [...(text || "")];
    const isGsm = characters.every((c) => GSM_BASIC.has(c) || GSM_EXTENSION.has(c));
    const encoding = isGsm ? GSM7 : UCS2;
    const widths = characters.map((c) =>
        isGsm ? (GSM_EXTENSION.has(c) ? 2 : 1) : c.length
    );
    const units = widths.reduce((sum, width) => sum + width, 0);
    let count = units ? 1 : 0;
    if (units > encoding.single) {
        count = countParts(widths, encoding.part);
    }
    return {encoding: encoding.name, units, count};
}

/** A character of two units is never cut in two. */
function countParts(widths, size) {
    let count = 0;
    let free = 0;
    for (const width of widths) {
        if (width > free) {
            count += 1;
            free = size;
        }
        free -= width;
    }
    return count;
}
