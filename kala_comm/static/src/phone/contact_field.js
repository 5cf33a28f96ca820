import {PhoneField, phoneField} from "@web/views/fields/phone/phone_field";
import {registry} from "@web/core/registry";

/** Who is at the other end: a number offers its channels (SE2), any other address is a text. */
export class ContactField extends PhoneField {
    static template = "kala_comm.ContactField";

    get isNumber() {
        return this.props.record.data.contact_kind === "phone";
    }
}

registry.category("fields").add("kala_contact", {
    ...phoneField,
    component: ContactField,
    fieldDependencies: [{name: "contact_kind", type: "char"}],
    extractProps: () => ({enableButton: false}),
});
