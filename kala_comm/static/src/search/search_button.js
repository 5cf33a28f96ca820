import {Component} from "@odoo/owl";
import {useService} from "@web/core/utils/hooks";

/** Opens the search in all conversations (LO11). A hit is shown in the conversation on the screen. */
export class SearchButton extends Component {
    static template = "kala_comm.SearchButton";
    static props = {
        /** What is looked for at first. */
        words: {type: String, optional: true},
    };

    setup() {
        this.search = useService("kala_comm.search");
    }

    open() {
        this.search.open(this.props.words);
    }
}
