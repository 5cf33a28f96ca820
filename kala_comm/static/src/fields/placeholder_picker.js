import {Component, useState} from "@odoo/owl";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {useService} from "@web/core/utils/hooks";

/** The documented list of placeholders in groups (TE1); the one that is chosen goes to onSelect. */
export class PlaceholderPicker extends Component {
    static template = "kala_comm.PlaceholderPicker";
    static components = {Dropdown, DropdownItem};
    static props = {onSelect: Function};

    setup() {
        this.orm = useService("orm");
        this.known = useState({groups: []});
    }

    async load() {
        if (!this.known.groups.length) {
            this.known.groups = await this.orm.call(
                "kala.placeholder",
                "get_groups",
                []
            );
        }
    }
}
