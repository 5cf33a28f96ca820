import {browser} from "@web/core/browser/browser";
import {patch} from "@web/core/utils/patch";
import {useService} from "@web/core/utils/hooks";
import {PhoneField} from "@web/views/fields/phone/phone_field";

// A click on a phone number rings the user's own extension first (VO2); where his telephone
// system cannot do that, the device dials as before.
patch(PhoneField.prototype, {
    setup() {
        super.setup(...arguments);
        this.kalaOrm = useService("orm");
    },

    async onKalaCall() {
        const number = this.props.record.data[this.props.name];
        const taken = await this.kalaOrm.call("kala.call", "dial", [number]);
        if (!taken) {
            browser.open(this.phoneHref, "_self");
        }
    },
});
