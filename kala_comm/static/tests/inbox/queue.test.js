import {beforeEach, describe, expect, test} from "@odoo/hoot";
import {allowTranslations} from "@web/../tests/web_test_helpers";
import {Queue} from "@kala_comm/inbox/queue";
import {callsOf, rowOf, serverOf} from "./inbox.helper";

describe.current.tags("headless");
beforeEach(() => allowTranslations());

const range = (from, to) =>
    Array.from({length: to - from + 1}, (_, n) => rowOf(from + n));
const idsOf = (queue) => queue.rows.map(({id}) => id);

async function queueOf(rows) {
    const server = serverOf(rows);
    const queue = new Queue(server.orm);
    await queue.open();
    return {queue, server};
}

test("LO9: the list comes page by page, each row once", async () => {
    const {queue} = await queueOf(range(1, 100));
    expect(queue.rows.length).toBe(40);
    await queue.readMore();
    await queue.readMore();
    expect(idsOf(queue)).toEqual(range(1, 100).map(({id}) => id));
    expect(queue.more).toBe(false);
});

test("LO9: one goes down and up, and stays at the ends", async () => {
    const {queue} = await queueOf(range(1, 3));
    for (const [way, id] of [
        [1, 1],
        [1, 2],
        [1, 3],
        [-1, 2],
        [-1, 1],
    ]) {
        queue.choose(queue.neighbour(way));
        expect(queue.chosen.id).toBe(id);
    }
    expect(queue.neighbour(-1)).toBe(null);
});

test("LO9: the chosen row stays chosen when others come and go above it", async () => {
    const {queue, server} = await queueOf(range(2, 4));
    queue.choose(queue.rows[1]);
    server.rows = [rowOf(1), rowOf(3), rowOf(4)];
    await queue.refresh(["crm.lead,1", "crm.lead,2"]);
    expect(idsOf(queue)).toEqual([1, 3, 4]);
    expect(queue.chosen.id).toBe(3);
    expect(queue.index).toBe(1);
});

test("LO9: a colleague answers first; the next one is the one below", async () => {
    const {queue, server} = await queueOf(range(1, 4));
    queue.choose(queue.rows[1]);
    server.rows = [rowOf(1), rowOf(3), rowOf(4)];
    await queue.refresh(["crm.lead,2"]);
    expect(queue.chosen.id).toBe(2);
    expect(queue.isWaiting).toBe(false);
    expect(queue.neighbour(1).id).toBe(3);
    expect(queue.neighbour(-1).id).toBe(1);
});

test("LO9: what comes after what is dealt with", async () => {
    const {queue} = await queueOf(range(1, 4));
    const cases = [
        [1, [], 2],
        [4, [], 3],
        [2, ["crm.lead,2", "crm.lead,3"], 4],
        [4, ["crm.lead,4", "crm.lead,3"], 2],
    ];
    for (const [chosen, dealt, next] of cases) {
        queue.choose(rowOf(chosen));
        expect(queue.after(dealt).id).toBe(next);
    }
    queue.choose(rowOf(1));
    expect(queue.after(range(1, 4).map(({key}) => key))).toBe(null);
});

test("LO9: a record from elsewhere is shown, the list stays", async () => {
    const {queue} = await queueOf(range(1, 3));
    queue.choose({model: "sale.order", id: 99});
    expect(queue.chosen.key).toBe("sale.order,99");
    expect(queue.isWaiting).toBe(false);
    expect(idsOf(queue)).toEqual([1, 2, 3]);
});

test("LO9: news beyond the pages that are here wait for their page", async () => {
    const {queue, server} = await queueOf(range(1, 50));
    server.rows = [...server.rows, rowOf(60)];
    await queue.refresh(["crm.lead,60"]);
    expect(idsOf(queue)).not.toInclude(60);
    expect(queue.counts.mine).toBe(51);
});

test("QU14: the rows do not wait for the counts; counts that come late are old", async () => {
    const server = serverOf(range(1, 3));
    const answers = [];
    server.orm.silent.call = (model, method, ...rest) => {
        if (method === "counts") {
            return new Promise((resolve) => answers.push(resolve));
        }
        return server.call(model, method, ...rest);
    };
    const queue = new Queue(server.orm);
    await queue.open();
    expect(idsOf(queue)).toEqual([1, 2, 3]);
    expect(queue.counts).toEqual({});
    expect(server.calls.at(-1)[2].count).toBe(false);
    server.rows = [rowOf(1)];
    await queue.refresh(["crm.lead,2", "crm.lead,3"]);
    answers[0]({mine: 3, all: 3});
    await Promise.resolve();
    expect(queue.counts.mine).toBe(1);
});

test("LO9: after a silence of the bus as many rows are read as were here", async () => {
    const {queue, server} = await queueOf(range(1, 100));
    await queue.readMore();
    queue.choose(queue.rows[50]);
    server.rows = server.rows.slice(10);
    await queue.reload();
    expect(queue.rows.length).toBe(80);
    expect(queue.chosen.id).toBe(51);
    expect(queue.index).toBe(40);
});

test("LO9: several rows are selected and dealt with at once", async () => {
    const {queue, server} = await queueOf(range(1, 5));
    queue.choose(queue.rows[0]);
    queue.pickTo("crm.lead,3");
    queue.pick("crm.lead,2");
    expect(queue.targets).toEqual(["crm.lead,1", "crm.lead,3"]);
    callsOf(server);
    await queue.act("done", queue.targets);
    expect(idsOf(queue)).toEqual([2, 4, 5]);
    expect(queue.picked).toEqual([]);
    expect(callsOf(server)).toEqual(["done"]);
});

test("LO9: an answer for a tab that was left is not shown", async () => {
    const {queue, server} = await queueOf(range(1, 3));
    const asked = queue.refresh(["crm.lead,1"]);
    server.rows = [rowOf(9)];
    await queue.open({tab: "failed"});
    await asked;
    expect(idsOf(queue)).toEqual([9]);
});

test("LO9: a server that cannot answer says so, and the list can be read again", async () => {
    const {queue, server} = await queueOf(range(1, 3));
    const {call} = server.orm.silent;
    server.orm.silent.call = async () => {
        throw new Error("down");
    };
    await queue.open({tab: "failed"});
    expect(queue.error).not.toBe("");
    expect(queue.isReading).toBe(false);
    server.orm.silent.call = call;
    await queue.open({tab: "mine"});
    expect(queue.error).toBe("");
    expect(idsOf(queue)).toEqual([1, 2, 3]);
});
