import {Component} from "@odoo/owl";
import {deserializeDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {CHANNEL_ICONS} from "../channels";

const {DateTime} = luxon;

/** Icons of the records that have conversations. */
const RECORD_ICONS = {
    "crm.lead": "fa-star-o",
    "sale.order": "fa-shopping-cart",
    "res.partner": "fa-user-o",
};

/** The day of a hit, as short as it is clear. */
export function dateOf(value) {
    const date = deserializeDateTime(value);
    const isThisYear = date.year === DateTime.local().year;
    return date.toLocaleString({
        day: "numeric",
        month: "short",
        ...(isThisYear ? {hour: "numeric", minute: "2-digit"} : {year: "numeric"}),
    });
}

/** A line of the log that was found, or a record: what both lists of hits show of it. */
export class Hit extends Component {
    static template = "kala_comm.SearchHit";
    static props = {
        hit: {type: Object, optional: true},
        record: {type: Object, optional: true},
        "*": true,
    };

    get icon() {
        const {hit, record} = this.props;
        return hit ? CHANNEL_ICONS[hit.channel] : RECORD_ICONS[record.model];
    }

    get unattached() {
        return _t("Not attached to a record");
    }

    get date() {
        return dateOf(this.props.hit.date);
    }
}
