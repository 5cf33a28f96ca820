import {CHANNEL_ICONS, NEWS_ICONS} from "@kala_comm/channels";
import {Component} from "@odoo/owl";
import {Notification} from "@web/core/notifications/notification";
import {eventOf} from "./words";

/**
 * What came in, from whom, about what (NO2); a click opens the record. Everything in it was
 * written by somebody outside, so all of it is text of its own direction.
 */
export class IncomingCard extends Component {
    static template = "kala_comm.IncomingCard";
    static props = {
        facts: Object,
        open: Function,
        close: Function,
    };

    get icon() {
        const {channel} = this.props.facts;
        return CHANNEL_ICONS[channel] || NEWS_ICONS[channel] || "fa-comment-o";
    }

    get event() {
        return eventOf(this.props.facts);
    }

    get isRinging() {
        return this.props.facts.call_status === "ringing";
    }

    onClick() {
        this.props.close();
        this.props.open();
    }
}

// The card is shown by Odoo's own notifications, among the others.
Notification.components = {...Notification.components, IncomingCard};
Notification.props = {
    ...Notification.props,
    kalaIncoming: {
        type: Object,
        shape: {facts: Object, open: Function},
        optional: true,
    },
};
