import {Component, onWillStart} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {user} from "@web/core/user";

/** In Odoo's bar: the search in all conversations, for who does not know its keys (LO11). */
export class SearchButton extends Component {
    static template = "kala_comm.SearchButton";
    static props = {};

    setup() {
        this.search = useService("kala_comm.search");
        onWillStart(async () => {
            this.isAllowed = await user.hasGroup("kala_comm.group_user");
        });
    }

    open() {
        this.search.open();
    }
}

registry
    .category("systray")
    .add("kala_comm.search", {Component: SearchButton}, {sequence: 26});
