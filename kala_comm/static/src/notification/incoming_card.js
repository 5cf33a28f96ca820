import {CHANNEL_ICONS, NEWS_ICONS} from "@kala_comm/channels";
import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {eventOf, saidOf} from "./words";

/**
 * What came in, from whom, about what (NO2); a click opens the record. Everything in it was
 * written by somebody outside, so all of it is text of its own direction.
 */
export class IncomingCard extends Component {
    static template = "kala_comm.IncomingCard";
    static props = {
        card: Object,
        open: Function,
        close: Function,
        answer: {type: Function, optional: true},
        callBack: {type: Function, optional: true},
        done: {type: Function, optional: true},
    };

    get facts() {
        return this.props.card.facts;
    }

    get icon() {
        const {channel} = this.facts;
        return CHANNEL_ICONS[channel] || NEWS_ICONS[channel] || "fa-comment-o";
    }

    get event() {
        return eventOf(this.facts);
    }

    get title() {
        return saidOf(this.facts)[0];
    }

    /** What stands below the title, in one line. */
    get beside() {
        return saidOf(this.facts)
            .slice(1)
            .filter(({kind}) => kind !== "subject");
    }

    get subject() {
        return saidOf(this.facts)
            .slice(1)
            .find(({kind}) => kind === "subject");
    }

    get countLabel() {
        return _t("%(count)s messages", {count: this.props.card.count});
    }
}
