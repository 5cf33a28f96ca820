import {Component, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useBus} from "@web/core/utils/hooks";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

const EMAIL = /^[^\s@,;]+@[^\s@,;]+\.[^\s@,;]+$/;
const PHONE = /^\+?[\d\s().-]{7,20}$/;

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
        return (this.props.record.data[this.props.name] || "")
            .split(/[,;\n]/)
            .map((text) => text.trim())
            .filter(Boolean);
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
        const added = this.state.text
            .split(/[,;\n]/)
            .map((text) => text.trim())
            .filter(Boolean);
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
