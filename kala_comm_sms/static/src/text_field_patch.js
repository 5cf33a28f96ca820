import {_t} from "@web/core/l10n/translation";
import {patch} from "@web/core/utils/patch";
import {KalaTextField} from "@kala_comm/fields/text_field";
import {countSegments} from "./segments";

/** On SMS, beside the characters: what the text costs (SM3). */
patch(KalaTextField.prototype, {
    get countLabel() {
        const label = super.countLabel;
        const {count, encoding} = countSegments(this.text);
        if (this.props.record.data.channel !== "sms" || !count) {
            return label;
        }
        const messages =
            count === 1 ? _t("1 message") : _t("%(count)s messages", {count});
        return `${label} · ${messages} (${encoding === "UCS-2" ? "Unicode" : encoding})`;
    },
});
