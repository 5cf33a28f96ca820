import {expect, test} from "@odoo/hoot";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {SendSMSButton} from "@sms/components/sms_button/sms_button";
import {mountWithCleanup, patchWithCleanup} from "@web/../tests/web_test_helpers";
import {session} from "@web/session";
import "@kala_comm/phone/odoo_sms";

defineMailModels();

/** [whether a line replaces it, model, id] → whether Odoo's button is there */
const CASES = [
    [true, "account.move", 7, false],
    [true, "account.move", false, true],
    [true, "res.country", 7, true],
    [false, "account.move", 7, true],
];

for (const [kala_replaces_odoo, resModel, resId, isThere] of CASES) {
    const words = [kala_replaces_odoo ? "replaced" : "alone", resModel, resId || "new"];
    test(`SE2: Odoo's button beside a number: ${words.join(", ")}`, async () => {
        patchWithCleanup(session, {kala_replaces_odoo});
        const record = {resModel, resId, data: {phone: "+972 50 234 5678"}};
        await mountWithCleanup(SendSMSButton, {props: {name: "phone", record}});
        expect(".o_field_phone_sms").toHaveCount(isThere ? 1 : 0);
    });
}
