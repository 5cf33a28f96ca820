import {onMounted, useState} from "@odoo/owl";
import {
    EmojisTextField,
    emojisTextField,
} from "@mail/views/web/fields/emojis_text_field/emojis_text_field";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";

/** A message as one writes it: emojis, its own direction, and the number of characters. */
export class KalaTextField extends EmojisTextField {
    static template = "kala_comm.TextField";
    static props = {
        ...EmojisTextField.props,
        autofocus: {type: Boolean, optional: true},
    };

    setup() {
        super.setup();
        this._emojiAdded = () => {
            const text = this.targetEditElement.el.value;
            this.count(text);
            return this.props.record.update({[this.props.name]: text});
        };
        this.written = useState({length: 0});
        this.count(this.props.record.data[this.props.name] || "");
        onMounted(() => {
            if (this.props.autofocus && !this.props.readonly) {
                this.targetEditElement.el.focus();
            }
        });
    }

    /** Characters as people count them: an emoji of two code units is one. */
    count(text) {
        this.written.length = [...text].length;
    }

    get countLabel() {
        const {length} = this.written;
        return length === 1
            ? _t("1 character")
            : _t("%(count)s characters", {count: length});
    }
}

registry.category("fields").add("kala_text", {
    ...emojisTextField,
    component: KalaTextField,
    extractProps: (fieldInfo, dynamicInfo) => ({
        ...emojisTextField.extractProps(fieldInfo, dynamicInfo),
        autofocus: Boolean(fieldInfo.options.autofocus),
    }),
});
