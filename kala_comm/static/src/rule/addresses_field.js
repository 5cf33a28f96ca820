import {Component, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useBus} from "@web/core/utils/hooks";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

const EMAIL = /^[^\s@,;]+@[^\s@,;]+\.[^\s@,;]+$/;
const PHONE = /^\+?[\d\s().-]{7,20}$/;

/** What stands in a text, with commas between. */
export const split = (text) =>
    (text || "")
        .split(/[,;\n]/)
        .map((part) => part.trim())
        .filter(Boolean);

/** Addresses with commas between them, one tag each: Enter adds one, × takes it off, and one that
 * cannot be written to is red (EM2). The server decides in the end. */
export class KalaAddressesField extends Component {
    static template = "kala_comm.AddressesField";
    static props = {...standardFieldProps};

    setup() {
        this.state = useState({text: ""});
        // What is typed and not yet added is saved, too.
        useBus(this.props.record.model.bus, "NEED_LOCAL_CHANGES", ({detail}) =>
            detail.proms.push(this.add())
        );
    }

    get addresses() {
        return split(this.props.record.data[this.props.name]);
    }

    get notSent() {
        return _t("Nothing is sent to this address. Correct it, or take it off.");
    }

    takeOff(name) {
        return _t("Take %(name)s off", {name});
    }

    isValid(address) {
        const isEmail = this.props.record.data.channel === "email";
        return (isEmail ? EMAIL : PHONE).test(address);
    }

    get placeholder() {
        return this.addresses.length ? "" : _t("Type an address and press Enter");
    }

    onKeydown(ev) {
        if (["Enter", ",", ";"].includes(ev.key)) {
            ev.preventDefault();
            ev.stopPropagation();
            this.add();
        } else if (ev.key === "Backspace" && !this.state.text) {
            this.remove(this.addresses.length - 1);
        }
    }

    async add() {
        const added = split(this.state.text);
        this.state.text = "";
        if (added.length) {
            await this.write([...new Set([...this.addresses, ...added])]);
        }
    }

    remove(place) {
        return this.write(this.addresses.filter((_address, n) => n !== place));
    }

    write(addresses) {
        return this.props.record.update({[this.props.name]: addresses.join(", ")});
    }
}

registry.category("fields").add("kala_addresses", {
    component: KalaAddressesField,
    displayName: _t("Addresses"),
    supportedTypes: ["char"],
    fieldDependencies: [{name: "channel", type: "selection"}],
});
