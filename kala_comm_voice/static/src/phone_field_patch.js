import {callNumber, callers} from "@kala_comm/phone/call";
import {PhoneField} from "@web/views/fields/phone/phone_field";
import {_t} from "@web/core/l10n/translation";
import {patch} from "@web/core/utils/patch";

// A click on a phone number rings the user's own extension first (VO2); where his telephone
// system cannot do that, the device dials.
callers.add("telephone_system", async (env, number) => {
    const {notification, orm} = env.services;
    const taken = await orm.call("kala.call", "dial", [number]);
    if (taken) {
        notification.add(_t("Your telephone rings. Pick it up to call %s.", number), {
            type: "info",
        });
    }
    return taken;
});

patch(PhoneField.prototype, {
    async onKalaCall() {
        await callNumber(this.env, this.props.record.data[this.props.name]);
    },
});
