import {onMounted, useState} from "@odoo/owl";
import {
    EmojisTextField,
    emojisTextField,
} from "@mail/views/web/fields/emojis_text_field/emojis_text_field";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useRecordObserver} from "@web/model/relational_model/utils";
import {PlaceholderPicker} from "./placeholder_picker";

/**
 * A message as one writes it: emojis, its own direction, and the number of characters. A text
 * with placeholders has a list to pick them from, and is not counted: it goes out as another one.
 */
export class KalaTextField extends EmojisTextField {
    static template = "kala_comm.TextField";
    static components = {...EmojisTextField.components, PlaceholderPicker};
    static props = {
        ...EmojisTextField.props,
        autofocus: {type: Boolean, optional: true},
        hasPlaceholders: {type: Boolean, optional: true},
    };

    setup() {
        super.setup();
        this._emojiAdded = () => this.commitText(this.targetEditElement.el.value);
        this.written = useState({text: ""});
        // A template may have put another text in the place of what was typed
        useRecordObserver((record, {name}) => {
            this.written.text = record.data[name] || "";
        });
        onMounted(() => {
            if (this.props.autofocus && !this.props.readonly) {
                this.targetEditElement.el.focus();
            }
        });
    }

    /** What is counted: as it is being typed, or as it is shown. */
    get text() {
        return this.props.readonly
            ? this.props.record.data[this.props.name] || ""
            : this.written.text;
    }

    /** Characters as people count them: an emoji of two code units is one. */
    get countLabel() {
        const count = [...this.text].length;
        return count === 1 ? _t("1 character") : _t("%(count)s characters", {count});
    }

    commitText(text) {
        this.written.text = text;
        return this.props.record.update({[this.props.name]: text});
    }

    /** Put a placeholder where the cursor is, instead of what is marked. */
    async insertPlaceholder(name) {
        const el = this.targetEditElement.el;
        const before = el.value.slice(0, el.selectionStart);
        // Leaving the field for the list has cut the space that was typed last.
        const space = /[\p{L}\p{N},.;:!?]$/u.test(before) ? " " : "";
        el.setRangeText(
            `${space}{{${name}}}`,
            el.selectionStart,
            el.selectionEnd,
            "end"
        );
        const cursor = el.selectionEnd;
        await this.commitText(el.value);
        el.focus();
        el.setSelectionRange(cursor, cursor);
    }
}

registry.category("fields").add("kala_text", {
    ...emojisTextField,
    component: KalaTextField,
    extractProps: (fieldInfo, dynamicInfo) => ({
        ...emojisTextField.extractProps(fieldInfo, dynamicInfo),
        autofocus: Boolean(fieldInfo.options.autofocus),
        hasPlaceholders: Boolean(fieldInfo.options.placeholders),
    }),
});
