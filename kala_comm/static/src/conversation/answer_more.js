import {Component} from "@odoo/owl";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {RecordSelector} from "@web/core/record_selectors/record_selector";

/** Rows that are no address: something to type, or one of us. */
const OTHERS = ["other", "other_email", "responsible", "colleague"];
export const isAddress = ({kind}) => !OTHERS.includes(kind);

/** "…" of an answer: to somebody else, with documents, and by which channel else (SE3, SE5). */
export class AnswerMore extends Component {
    static template = "kala_comm.AnswerMore";
    static components = {Dropdown, DropdownItem};
    static props = {facts: Object, onChoose: Function};

    get facts() {
        return this.props.facts;
    }
    get others() {
        return this.facts.addresses.filter((row) => !isAddress(row));
    }
    get isEmpty() {
        const {documents, fallbacks, prints_document} = this.facts;
        const offered = this.others.length + documents.length + fallbacks.length;
        return !offered && !prints_document;
    }

    switchDocument({id, is_chosen}) {
        this.props.onChoose({document_ids: [[is_chosen ? 3 : 4, id]]});
    }
}

/** Where something must be typed or picked: the other number, the colleague. */
export class AnswerTo extends Component {
    static template = "kala_comm.AnswerTo";
    static components = {RecordSelector};
    static props = {facts: Object, onChoose: Function};

    get colleagues() {
        return [["share", "=", false]];
    }
}

/** What was chosen under "…", and can be taken back. */
export class AnswerChosen extends Component {
    static template = "kala_comm.AnswerChosen";
    static props = {facts: Object, onChoose: Function};

    get documents() {
        return this.props.facts.documents.filter((one) => one.is_chosen);
    }
    get fallback() {
        const {fallback, fallbacks} = this.props.facts;
        return fallbacks.find(({code}) => code === fallback);
    }
    get isEmpty() {
        const {with_document} = this.props.facts;
        return !with_document && !this.documents.length && !this.fallback;
    }
}
