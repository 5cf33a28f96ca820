import {describe, expect, test} from "@odoo/hoot";
import {allowTranslations} from "@web/../tests/web_test_helpers";
import {firstUnread, remediesOf, rowsOf, shorten} from "@kala_comm/conversation/lines";
import {MOST_LINES, Timeline} from "@kala_comm/conversation/timeline";
import {lineOf} from "./lines.helper";

describe.current.tags("headless");

/** @returns {String} UTC, so many minutes after noon */
function at(minutes) {
    const time = new Date(Date.UTC(2026, 2, 10, 12, minutes));
    return time.toISOString().slice(0, 19).replace("T", " ");
}

/** A server with so many lines, one per minute. */
class Log {
    constructor(count) {
        this.lines = [];
        this.asked = [];
        this.add(count);
        this.silent = this;
    }

    add(count, values = {}) {
        for (let n = 0; n < count; n++) {
            const id = this.lines.length + 1;
            this.lines.push(lineOf({id, date: at(id), ...values}));
        }
    }

    call(model, method, args, options) {
        this.asked.push(method);
        if (this.refusal) {
            throw this.refusal;
        }
        return this[method](args, options);
    }

    load(args, {before, after, around, limit}) {
        const indexOf = (place) => this.lines.findIndex(({id}) => id === place[2]);
        let [start, end] = [this.lines.length - limit, this.lines.length];
        if (before) {
            end = indexOf(before);
            start = end - limit;
        } else if (after) {
            start = indexOf(after) + 1;
            end = start + limit;
        } else if (around) {
            start = this.lines.findIndex(({key}) => key === around) - limit / 2;
            end = start + limit;
        }
        return {
            records: [{model: "crm.lead", id: 7, name: "Kitchen"}],
            lines: this.lines.slice(Math.max(0, start), end),
            more: start > 0,
            more_after: end < this.lines.length,
            tasks: [],
        };
    }

    changed([, , ids]) {
        return {lines: this.lines.filter(({id}) => ids.includes(id)), tasks: []};
    }

    where_now() {
        return {model: "crm.lead", id: 9, name: "Kept"};
    }
}

function timelineOf(log) {
    return new Timeline(log, {model: "crm.lead", resId: 7});
}

const idsOf = (timeline) => timeline.lines.map(({id}) => id);

test("LO4: a conversation that was opened far above is read upward and downward", async () => {
    const log = new Log(200);
    const timeline = timelineOf(log);
    await timeline.openAround("c100");
    expect(idsOf(timeline)).toInclude(100);
    expect([timeline.more, timeline.moreAfter]).toEqual([true, true]);
    while (await timeline.readOlder());
    while (await timeline.readNewer());
    expect(idsOf(timeline)).toEqual([...Array(200).keys()].map((n) => n + 1));
    expect([timeline.more, timeline.moreAfter]).toEqual([false, false]);
});

test("LO4: of 5,000 messages so many stand on the screen as it can bear", async () => {
    const log = new Log(5000);
    const timeline = timelineOf(log);
    await timeline.open();
    for (let page = 0; page < 20; page++) {
        await timeline.readOlder();
    }
    expect(timeline.lines).toHaveLength(MOST_LINES);
    expect(timeline.moreAfter).toBe(true);
    const oldest = timeline.lines[0].id;
    while (await timeline.readNewer());
    expect(timeline.lines).toHaveLength(MOST_LINES);
    expect(timeline.lines.at(-1).id).toBe(5000);
    expect(timeline.more).toBe(true);
    expect(timeline.lines[0].id > oldest).toBe(true);
});

test("LO4: what came while one reads above does not stand beside older lines", async () => {
    const log = new Log(200);
    const timeline = timelineOf(log);
    await timeline.openAround("c50");
    log.add(1);
    const news = await timeline.readChanged([201]);
    expect(news.map(({id}) => id)).toEqual([201]);
    expect(idsOf(timeline)).not.toInclude(201);
});

test("LO4: a bus that was away: what is missing is read, and what moved", async () => {
    const log = new Log(40);
    const timeline = timelineOf(log);
    await timeline.open();
    log.add(3);
    log.lines[39] = {...log.lines[39], state: "read"};
    await timeline.catchUp();
    expect(idsOf(timeline).slice(-4)).toEqual([40, 41, 42, 43]);
    expect(timeline.lines.find(({id}) => id === 40).state).toBe("read");
});

test("LO4: a bus that was away for very long: nothing is left out between", async () => {
    const log = new Log(40);
    const timeline = timelineOf(log);
    await timeline.open();
    log.add(100);
    await timeline.catchUp();
    expect(timeline.moreAfter).toBe(true);
    while (await timeline.readNewer());
    const ids = idsOf(timeline);
    expect(ids.at(-1)).toBe(140);
    expect(ids).toHaveLength(ids.at(-1) - ids[0] + 1);
});

test("LO4: a server that cannot be reached after the bus returned changes nothing", async () => {
    const log = new Log(40);
    const timeline = timelineOf(log);
    await timeline.open();
    log.refusal = new Error("away");
    await timeline.catchUp();
    expect(timeline.lines).toHaveLength(30);
    expect(timeline.error).toBe("");
});

test("LO2: a record that was merged meanwhile says so, and where its messages are", async () => {
    allowTranslations();
    const log = new Log(5);
    const timeline = timelineOf(log);
    await timeline.open();
    const gone = {name: "odoo.exceptions.MissingError", message: "It is gone."};
    const call = log.call.bind(log);
    log.call = (model, method, ...rest) => {
        if (method !== "where_now") {
            throw Object.assign(new Error("gone"), {data: gone});
        }
        return call(model, method, ...rest);
    };
    await timeline.readChanged([1]);
    expect(timeline.error).toBe("It is gone.");
    expect(timeline.movedTo.name).toBe("Kept");
    expect(timeline.lines).toEqual([]);
});

test("LO9: the line “new” stands before the first message of the contact that was not read", () => {
    const lines = [
        lineOf({id: 1, date: at(1)}),
        lineOf({id: 2, date: at(2), side: "out"}),
        lineOf({id: 3, date: at(3)}),
        lineOf({id: 4, date: at(4)}),
    ];
    const cases = [
        [at(1), "c3"],
        [at(3), "c4"],
        [at(4), ""],
        ["", "c1"],
        [false, ""],
    ];
    for (const [readUntil, key] of cases) {
        expect(firstUnread(lines, readUntil)).toBe(key);
    }
});

test("LO4: lines are taken away where the reader is not", () => {
    expect(shorten([1, 2, 3], 3, "start")).toEqual({lines: [1, 2, 3], cut: false});
    expect(shorten([1, 2, 3], 2, "start")).toEqual({lines: [2, 3], cut: true});
    expect(shorten([1, 2, 3], 2, "end")).toEqual({lines: [1, 2], cut: true});
});

test("MA9: who else competed is told once, and again where it differs", () => {
    const rival = [["crm.lead", 8]];
    const rows = rowsOf([
        lineOf({id: 1, others: []}),
        lineOf({id: 2, others: rival}),
        lineOf({id: 3, others: rival}),
        lineOf({id: 4, others: []}),
        lineOf({id: 5, others: rival}),
    ]);
    expect(rows.map(({others}) => others.length)).toEqual([0, 1, 0, 0, 1]);
});

test("DE4: each failure has the one action that can help", () => {
    allowTranslations();
    const cases = [
        [{state: "failed", failure_kind: "window"}, ["Choose a template"]],
        [{state: "failed", failure_kind: "address"}, ["Mend the address"]],
        [{state: "failed", failure_kind: "consent"}, []],
        [{state: "failed", failure_kind: "credit"}, ["Send again"]],
        [{state: "failed", failure_kind: "temporary"}, ["Send again"]],
        [{state: "failed", failure_kind: false}, ["Send again"]],
        [{state: "unknown"}, ["It arrived", "Send again"]],
        [{state: "sent"}, []],
        [{state: "failed", side: "in"}, []],
    ];
    for (const [values, labels] of cases) {
        const remedies = remediesOf(lineOf({side: "out", ...values}));
        expect(remedies.map(({label}) => String(label))).toEqual(labels);
    }
});
