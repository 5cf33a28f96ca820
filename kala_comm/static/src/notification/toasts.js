import {reactive} from "@odoo/owl";

/** Cards on the screen at once. */
export const MANY = 3;
/** Of these, cards of calls: texts never push them out. */
const MANY_CALLS = 2;
/** Seconds that a card stays. */
const STAY = 12;
/** Seconds that a ringing call stays: nobody lets it ring longer, its end was not told. */
const RING = 180;
/** Seconds that a card stays at least which took the place of another. */
const LOOK = 6;
/** Cards that are remembered: who was away for a night finds the newest ones, not a thousand. */
const REMEMBERED = 50;

/** What is told of one contact is one card; a call and a new record have cards of their own. */
export function keyOf(facts) {
    if (facts.family === "call") {
        return `call/${facts.id}`;
    }
    if (!["text", "email"].includes(facts.family)) {
        return `news/${facts.id}`;
    }
    return facts.contact || `${facts.model}/${facts.res_id}`;
}

/**
 * The cards of what came in (NO1), the newest first: at most three are on the screen, the others
 * wait as a number. Seconds pass by `pass`, so that nothing goes while nobody can look.
 */
export class Toasts {
    constructor() {
        this.state = reactive({cards: [], isFrozen: false});
    }

    get cards() {
        return this.state.cards;
    }

    get calls() {
        return this.cards.filter((card) => card.isCall);
    }

    /** @param {Number} [many] cards that there is place for */
    shown(many = MANY) {
        const calls = this.calls
            .sort((a, b) => Number(b.isRinging) - Number(a.isRinging))
            .slice(0, Math.min(many, MANY_CALLS));
        const others = this.cards.filter((card) => !card.isCall);
        return [...calls, ...others.slice(0, many - calls.length)];
    }

    add(facts) {
        const key = keyOf(facts);
        const known = this.cards.find((card) => card.key === key);
        const isRinging = facts.call_status === "ringing";
        const isSame = known?.facts.id === facts.id;
        const tasks = new Set(known?.tasks);
        if (facts.task) {
            tasks.add(facts.task);
        }
        const card = {
            key,
            facts,
            count: (known?.count || 0) + (isSame ? 0 : 1),
            tasks: [...tasks],
            isCall: facts.family === "call",
            isRinging,
            left: isRinging ? RING : STAY,
        };
        const others = this.cards.filter((one) => one !== known);
        this.state.cards = [card, ...others].slice(0, REMEMBERED);
        return card;
    }

    remove(key) {
        const waiting = this.waiting();
        this.state.cards = this.cards.filter((card) => card.key !== key);
        this.state.isFrozen = this.state.isFrozen && this.cards.length > 0;
        const shown = this.shown();
        for (const card of waiting) {
            if (shown.includes(card)) {
                card.left = Math.max(card.left, LOOK);
            }
        }
    }

    clear() {
        Object.assign(this.state, {cards: [], isFrozen: false});
    }

    waiting() {
        const shown = this.shown();
        return this.cards.filter((card) => !shown.includes(card));
    }

    /** A second passed during which one could look. */
    pass() {
        if (this.state.isFrozen) {
            return;
        }
        for (const card of this.cards) {
            card.left -= 1;
        }
        if (this.cards.some((card) => card.left <= 0)) {
            this.state.cards = this.cards.filter((card) => card.left > 0);
        }
    }
}
