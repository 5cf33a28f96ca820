import {Toasts} from "@kala_comm/notification/toasts";
import {describe, expect, test} from "@odoo/hoot";

let last = 0;

function text(contact, values) {
    const id = ++last;
    return {id, family: "text", contact, model: "crm.lead", res_id: id, ...values};
}

function call(contact, status, id = ++last) {
    return text(contact, {id, family: "call", call_status: status});
}

function contactsOf(cards) {
    return cards.map(({facts}) => facts.contact);
}

function pass(toasts, seconds) {
    for (let second = 0; second < seconds; second++) {
        toasts.pass();
    }
}

describe.current.tags("headless");

test("NO1: at most three cards, the newest; the others wait", () => {
    const toasts = new Toasts();
    ["a", "b", "c", "d", "e"].forEach((contact) => toasts.add(text(contact)));
    expect(contactsOf(toasts.shown())).toEqual(["e", "d", "c"]);
    expect(contactsOf(toasts.waiting())).toEqual(["b", "a"]);
});

test("NO1: a second message of a contact raises the count of its card", () => {
    const toasts = new Toasts();
    toasts.add(text("a", {task: 7}));
    toasts.add(text("b"));
    const card = toasts.add(text("a", {channel: "sms", task: 8}));
    expect(toasts.cards.length).toBe(2);
    expect(card.count).toBe(2);
    expect(card.tasks).toEqual([7, 8]);
    expect(contactsOf(toasts.shown())).toEqual(["a", "b"]);
});

test("NO1: one message that is told twice counts once", () => {
    const toasts = new Toasts();
    const facts = text("a");
    toasts.add(facts);
    expect(toasts.add(facts).count).toBe(1);
});

test("NO1: who withholds the number has one card per record", () => {
    const toasts = new Toasts();
    toasts.add(text("", {res_id: 1}));
    toasts.add(text("", {res_id: 2}));
    toasts.add(text("", {res_id: 1}));
    expect(toasts.cards.map(({count}) => count)).toEqual([2, 1]);
});

test("VO2: texts do not push a call out", () => {
    const toasts = new Toasts();
    toasts.add(call("caller", "ringing"));
    ["a", "b", "c", "d"].forEach((contact) => toasts.add(text(contact)));
    expect(contactsOf(toasts.shown())).toEqual(["caller", "d", "c"]);
});

test("VO2: a call that rings comes before missed ones; calls leave a place", () => {
    const toasts = new Toasts();
    toasts.add(call("rings", "ringing"));
    toasts.add(call("missed 1", "missed"));
    toasts.add(call("missed 2", "missed"));
    toasts.add(text("a"));
    expect(contactsOf(toasts.shown())).toEqual(["rings", "missed 2", "a"]);
});

test("VO2: a missed call takes the place of its ringing", () => {
    const toasts = new Toasts();
    toasts.add(call("caller", "ringing", 900));
    const card = toasts.add(call("caller", "missed", 900));
    expect(toasts.cards.length).toBe(1);
    expect(card.isRinging).toBe(false);
    expect(card.count).toBe(1);
});

test("NO1: a card goes by itself, a ringing one stays, and nothing goes while it is read", () => {
    const toasts = new Toasts();
    toasts.add(call("caller", "ringing"));
    toasts.add(text("a"));
    toasts.state.isFrozen = true;
    pass(toasts, 60);
    expect(contactsOf(toasts.shown())).toEqual(["caller", "a"]);
    toasts.state.isFrozen = false;
    pass(toasts, 12);
    expect(contactsOf(toasts.shown())).toEqual(["caller"]);
    pass(toasts, 168);
    expect(toasts.cards.length).toBe(0);
});

test("NO1: a card that takes a free place can be read", () => {
    const toasts = new Toasts();
    ["a", "b", "c", "d"].forEach((contact) => toasts.add(text(contact)));
    pass(toasts, 11);
    toasts.remove("d");
    pass(toasts, 2);
    expect(contactsOf(toasts.shown())).toEqual(["a"]);
    pass(toasts, 4);
    expect(toasts.cards.length).toBe(0);
});

test("NO1: a night's messages are remembered up to fifty", () => {
    const toasts = new Toasts();
    for (let n = 0; n < 1000; n++) {
        toasts.add(text(`contact ${n}`));
    }
    expect(toasts.cards.length).toBe(50);
    expect(toasts.shown(1).length).toBe(1);
});
