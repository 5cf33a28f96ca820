import {useState} from "@odoo/owl";
import {useService} from "@web/core/utils/hooks";

/** A "/" that begins a word before the cursor, and what follows it. */
const ASKED = /(?:^|\s)\/([^/\n]{0,40})$/;
const STEPS = {ArrowDown: 1, ArrowUp: -1};

/** The list of templates that "/" opens in an answer (TE5). */
export class AnswerTemplates {
    /**
     * @param {Function} boxId gives the id of the composer
     * @param {Function} use takes the template that was chosen
     */
    constructor(orm, state, {boxId, use}) {
        Object.assign(this, {orm, state, boxId, use});
    }

    get list() {
        return this.state.list;
    }

    /** What is told after something else was typed, or one was chosen, is not shown any more. */
    async find(text) {
        const asked = (this.asked = {text});
        const list = await this.orm.silent.call("kala.composer", "find_templates", [
            [this.boxId()],
            text,
        ]);
        if (asked === this.asked) {
            Object.assign(this.state, {list, chosen: 0});
        }
    }

    close() {
        this.asked = null;
        this.state.list = null;
    }

    /** @param {String} before the text before the cursor */
    onTyped(before) {
        const asked = ASKED.exec(before);
        if (asked) {
            this.find(asked[1]);
        } else {
            this.close();
        }
    }

    /** @returns {Boolean} whether the key was for the list */
    onKey(ev) {
        const count = this.list?.length;
        if (!count) {
            return false;
        }
        if (ev.key in STEPS) {
            this.state.chosen = (this.state.chosen + STEPS[ev.key] + count) % count;
        } else if (ev.key === "Enter" || ev.key === "Tab") {
            this.use(this.list[this.state.chosen]);
        } else if (ev.key === "Escape") {
            this.close();
        } else {
            return false;
        }
        return true;
    }
}

export function useAnswerTemplates(acts) {
    const state = useState({list: null, chosen: 0});
    return new AnswerTemplates(useService("orm"), state, acts);
}
