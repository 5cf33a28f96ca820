import {useExternalListener, useState} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {Mutex} from "@web/core/utils/concurrency";
import {useService} from "@web/core/utils/hooks";
import {user} from "@web/core/user";

/** Milliseconds after the last key before a draft is kept. */
const KEEP = 600;
const ROUTE = "/web/dataset/call_kw/kala.draft/keep";

/** What a user has written and not sent, kept on the server while he types (LO10). */
export class AnswerDraft {
    constructor(orm, state) {
        this.orm = orm;
        this.state = state;
        // One call after the other: each knows the version that the last one made.
        this.mutex = new Mutex();
        this.place = null;
        this.waiting = null;
    }

    /** @param {Object} facts what the server has of this record */
    begin(place, facts) {
        this.place = place;
        this.take(facts);
    }

    take({version, other, answered}) {
        Object.assign(this.state, {version, other, answered, isUnkept: false});
    }

    /** Keep this as soon as the user pauses. */
    keep(values) {
        this.waiting = {place: this.place, values};
        browser.clearTimeout(this.timer);
        this.timer = browser.setTimeout(() => this.flush(), KEEP);
    }

    /** Keep now what waits; resolves when the server has it, or cannot be reached. */
    flush() {
        browser.clearTimeout(this.timer);
        return this.mutex.exec(() => this.write());
    }

    async write() {
        if (!this.waiting) {
            return;
        }
        const {place, values} = this.waiting;
        this.waiting = null;
        try {
            const facts = await this.orm.silent.call("kala.draft", "keep", [
                ...place,
                values,
                this.state.version,
            ]);
            if (place === this.place) {
                this.take(facts);
            }
        } catch {
            // The user reads it beside the text; the next key tries again.
            this.state.isUnkept = true;
            this.waiting = this.waiting || {place, values};
        }
    }

    /** What was sent is no draft any more. */
    drop() {
        browser.clearTimeout(this.timer);
        this.waiting = null;
    }

    /** The page closes: there is no time for an answer. */
    onClose() {
        if (!this.waiting) {
            return;
        }
        const {place, values} = this.waiting;
        const params = {
            model: "kala.draft",
            method: "keep",
            args: [...place, values, this.state.version],
            kwargs: {context: user.context},
        };
        const words = JSON.stringify({jsonrpc: "2.0", method: "call", params});
        if (
            navigator.sendBeacon(ROUTE, new Blob([words], {type: "application/json"}))
        ) {
            this.drop();
        }
    }

    /** Somebody wrote on the record meanwhile: was it a colleague? */
    async ask() {
        const place = this.place;
        if (!this.state.version) {
            return;
        }
        const facts = await this.orm.silent.call("kala.draft", "find", place);
        if (place === this.place && facts.version) {
            Object.assign(this.state, {answered: facts.answered});
        }
    }

    async dismissOther() {
        this.take(await this.orm.call("kala.draft", "dismiss_other", this.place));
    }
}

/** What was chosen in an answer box, as its draft keeps it. */
export function choiceOf(facts) {
    const row = facts.addresses.find(({id}) => id === facts.address_id);
    return {
        channel: facts.channel,
        line_id: facts.line_id,
        template_id: facts.template && facts.template.id,
        contact_kind: row?.kind,
        contact_value: facts.is_typed ? facts.number : row?.value,
        colleague_id: facts.colleague_id,
        attachment_ids: facts.files.map(({id}) => id),
    };
}

export function useAnswerDraft() {
    const state = useState({version: 0, other: "", answered: false, isUnkept: false});
    const draft = new AnswerDraft(useService("orm"), state);
    useExternalListener(window, "pagehide", () => draft.onClose());
    return draft;
}
