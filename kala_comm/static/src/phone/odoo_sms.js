import {SendSMSButton} from "@sms/components/sms_button/sms_button";
import {patch} from "@web/core/utils/patch";
import {session} from "@web/session";
import {isOffering} from "./phone_hover";

/**
 * Where a number offers its channels (SE2), Odoo's own button beside it would be a second way to the
 * same, which knows neither the conversation nor its lines.
 */
patch(SendSMSButton.prototype, {
    get isKalaOffering() {
        return Boolean(session.kala_replaces_odoo && isOffering(this.props.record));
    },
});
