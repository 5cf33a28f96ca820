import {Component} from "@odoo/owl";
import {trendOf, valueWords} from "./words";

/** A figure, how it was before, and what belongs to it. */
export class FigureCard extends Component {
    static template = "kala_comm.FigureCard";
    static props = {card: Object, beforeWords: String, onOpen: Function};

    get trend() {
        return trendOf(this.props.card);
    }

    /** "Half of them within" says nothing where there is none. */
    get parts() {
        return this.props.card.parts.filter(({value}) => value !== null);
    }

    words(value, kind) {
        return valueWords(value, kind);
    }

    get beforeValue() {
        return valueWords(this.props.card.before, this.props.card.kind);
    }
}
