import {callNumber, callers} from "@kala_comm/phone/call";
import {PhoneField} from "@web/views/fields/phone/phone_field";
import {patch} from "@web/core/utils/patch";

// A click on a phone number rings the user's own extension first (VO2); where his telephone
// system cannot do that, the device dials.
callers.add("telephone_system", (env, number) =>
    env.services.orm.call("kala.call", "dial", [number])
);

patch(PhoneField.prototype, {
    async onKalaCall() {
        await callNumber(this.env, this.props.record.data[this.props.name]);
    },
});
