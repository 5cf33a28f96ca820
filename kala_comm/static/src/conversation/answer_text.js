/** The text field of an answer: where its cursor stands, and what is put there. */
export class AnswerText {
    /**
     * @param {Object} ref of the text area
     * @param {Object} state holds the text as `body`
     */
    constructor(ref, state) {
        Object.assign(this, {ref, state});
    }

    get before() {
        const {el} = this.ref;
        return el ? el.value.slice(0, el.selectionStart) : this.state.body;
    }

    focus() {
        this.ref.el?.focus();
    }

    blur() {
        this.ref.el?.blur();
    }

    /** Put something in the place of the cursor. */
    insert(words) {
        const {el} = this.ref;
        const {body} = this.state;
        const start = el ? el.selectionStart : body.length;
        const end = el ? el.selectionEnd : start;
        this.state.body = body.slice(0, start) + words + body.slice(end);
        if (el) {
            el.value = this.state.body;
            el.focus();
            el.setSelectionRange(start + words.length, start + words.length);
        }
    }

    /** Put something in the place of the "/" that asked for it. */
    insertForSlash(words) {
        const {el} = this.ref;
        const cursor = el.selectionStart;
        const slash = this.before.lastIndexOf("/");
        const isAsked = slash >= 0 && !this.before.slice(slash).includes("\n");
        el.setSelectionRange(isAsked ? slash : cursor, cursor);
        this.insert(words);
    }

    /** Nothing stands there but the "/" that asks for a template. */
    get isBare() {
        return /^\s*(\/[^/\n]*)?$/.test(this.state.body);
    }
}

/** An input method ends a word by Enter, too. */
export function isSendKey(ev, enterSends) {
    const isAlone = !ev.shiftKey && !ev.altKey && !ev.isComposing;
    return ev.key === "Enter" && (ev.ctrlKey || ev.metaKey || (enterSends && isAlone));
}
