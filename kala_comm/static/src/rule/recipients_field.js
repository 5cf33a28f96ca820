import {useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {useRecordObserver} from "@web/model/relational_model/utils";
import {KalaAddressesField, split} from "./addresses_field";

/** Whom a message goes to (EM2): fields with addresses, of the record and of records that it points
 * to, and addresses that are typed. Each is a chip that × takes off; the list offers the fields,
 * Enter or a comma adds what is typed, and Backspace takes the last one off. */
export class KalaRecipientsField extends KalaAddressesField {
    static template = "kala_comm.RecipientsField";

    setup() {
        super.setup();
        this.orm = useService("orm");
        this.list = useState({rows: [], isOpen: false, active: 0});
        useRecordObserver((record) => this.load(record.data));
    }

    /** The fields depend on the rule's records and on the channel. */
    async load({model_name: model, channel}) {
        const asked = `${model} ${channel}`;
        if (this.asked !== asked) {
            this.asked = asked;
            const rows = model
                ? await this.orm.call("kala.rule.action", "get_address_fields", [
                      model,
                      channel,
                  ])
                : [];
            if (this.asked === asked) {
                this.list.rows = rows;
            }
        }
    }

    /** Typed addresses stand in a field of their own. */
    get addresses() {
        return split(this.props.record.data.typed);
    }

    get paths() {
        return split(this.props.record.data[this.props.name]);
    }

    get placeholder() {
        return _t("Choose a field, or type an address");
    }

    get options() {
        const wanted = this.state.text.trim().toLowerCase();
        return this.list.rows.filter(
            ({path, label}) =>
                !this.paths.includes(path) && label.toLowerCase().includes(wanted)
        );
    }

    /** A field is named with its link: "Email (Customer)". */
    labelOf(path) {
        return this.list.rows.find((row) => row.path === path)?.label || path;
    }

    isKnown(path) {
        return (
            !this.list.rows.length || this.list.rows.some((row) => row.path === path)
        );
    }

    open() {
        this.list.isOpen = true;
        this.list.active = 0;
    }

    close() {
        this.list.isOpen = false;
    }

    onBlur() {
        this.close();
        return this.add();
    }

    onKeydown(ev) {
        const {options, list} = this;
        const isOffered = list.isOpen && options.length > 0;
        if (ev.key === "ArrowDown" || ev.key === "ArrowUp") {
            ev.preventDefault();
            const step = ev.key === "ArrowDown" ? 1 : options.length - 1;
            list.active = list.isOpen
                ? (list.active + step) % (options.length || 1)
                : 0;
            list.isOpen = true;
        } else if (ev.key === "Escape" && isOffered) {
            ev.stopPropagation();
            this.close();
        } else if (ev.key === "Enter" && isOffered && !this.isAddress()) {
            ev.preventDefault();
            ev.stopPropagation();
            this.choose(options[list.active]);
        } else if (
            ev.key === "Backspace" &&
            !this.state.text &&
            !this.addresses.length
        ) {
            this.removePath(this.paths.length - 1);
        } else {
            super.onKeydown(ev);
        }
    }

    /** What looks like an address is one, even where a field has such letters in its name. */
    isAddress() {
        return /[@\d]/.test(this.state.text);
    }

    choose({path}) {
        this.state.text = "";
        this.close();
        return this.writePaths([...this.paths, path]);
    }

    removePath(place) {
        return this.writePaths(this.paths.filter((_path, n) => n !== place));
    }

    writePaths(paths) {
        return this.props.record.update({[this.props.name]: paths.join(",")});
    }

    write(addresses) {
        return this.props.record.update({typed: addresses.join(", ")});
    }
}

registry.category("fields").add("kala_recipients", {
    component: KalaRecipientsField,
    displayName: _t("Recipients"),
    supportedTypes: ["char"],
    fieldDependencies: [
        {name: "channel", type: "selection"},
        {name: "typed", type: "char"},
        {name: "model_name", type: "char"},
    ],
});
