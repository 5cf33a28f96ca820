import {_t} from "@web/core/l10n/translation";
import {patch} from "@web/core/utils/patch";
import {AnswerBox} from "@kala_comm/conversation/answer_box";
import {KalaTextField} from "@kala_comm/fields/text_field";
import {countSegments} from "./segments";

/**
 * @param {String} label the characters, counted
 * @param {String} channel
 * @param {String} text
 * @returns {String} on SMS also what the text costs (SM3)
 */
function withSegments(label, channel, text) {
    const {count, encoding} = countSegments(text);
    if (channel !== "sms" || !count) {
        return label;
    }
    const messages = count === 1 ? _t("1 message") : _t("%(count)s messages", {count});
    return `${label} · ${messages} (${encoding === "UCS-2" ? "Unicode" : encoding})`;
}

patch(KalaTextField.prototype, {
    get countLabel() {
        return withSegments(
            super.countLabel,
            this.props.record.data.channel,
            this.text
        );
    },
});

patch(AnswerBox.prototype, {
    get countLabel() {
        return withSegments(super.countLabel, this.facts.channel, this.state.body);
    },
});
