import {Component} from "@odoo/owl";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {CHANNEL_ICONS} from "../channels";
import {isAddress} from "./answer_more";

/** The channel of an answer, the address that it goes to, and the line that it leaves from (SE3). */
export class AnswerChoice extends Component {
    static template = "kala_comm.AnswerChoice";
    static components = {Dropdown, DropdownItem};
    static props = {facts: Object, onChoose: Function, onSave: Function};

    get facts() {
        return this.props.facts;
    }
    get icon() {
        return CHANNEL_ICONS[this.facts.channel] || "fa-comment-o";
    }
    get channelLabel() {
        return this.facts.channels.find(({code}) => code === this.facts.channel)?.label;
    }
    get addresses() {
        return this.facts.addresses.filter(isAddress);
    }
    get toSave() {
        return this.facts.addresses.filter((row) => row.may_save);
    }
    get address() {
        return this.facts.addresses.find(({id}) => id === this.facts.address_id);
    }
    get line() {
        return this.facts.lines.find(({id}) => id === this.facts.line_id);
    }
}
