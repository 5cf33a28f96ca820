import {Component, onMounted, onWillStart, onWillUnmount, useState} from "@odoo/owl";
import {useBus, useService} from "@web/core/utils/hooks";
import {CHANNEL_ICONS} from "../channels";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {whenVisible} from "../live/when_visible";

/** Milliseconds in which events are gathered before the server is asked. */
const GATHER = 1000;

/** What waits for the user, counted (TA4); each count opens its list. */
export class KalaTodo extends Component {
    static template = "kala_comm.Todo";
    static props = {...standardActionServiceProps};

    setup() {
        this.action = useService("action");
        this.busService = useService("bus_service");
        this.orm = useService("orm");
        this.state = useState({limit: 0, groups: []});
        this.counting = whenVisible(() => this.count(), GATHER);
        const ask = () => this.counting.ask();
        useBus(useService("kala_comm.incoming").bus, "INCOMING", ask);
        // The badge's events tell of leads that came without anybody being told
        const badge = useService("kala_comm.badge");
        let hideBadge = null;
        onWillStart(() => this.count());
        onMounted(() => {
            hideBadge = badge.show();
            this.busService.subscribe("kala_comm/badge", ask);
            this.busService.subscribe("mail.activity/updated", ask);
            document.addEventListener("visibilitychange", ask);
        });
        onWillUnmount(() => {
            document.removeEventListener("visibilitychange", ask);
            this.busService.unsubscribe("mail.activity/updated", ask);
            this.busService.unsubscribe("kala_comm/badge", ask);
            hideBadge();
            this.counting.stop();
        });
    }

    async count() {
        Object.assign(
            this.state,
            await this.orm.silent.call("kala.dashboard", "totals", [])
        );
    }

    get isAllDone() {
        return this.state.groups.every(({cards}) => cards.every(({count}) => !count));
    }

    icon(card) {
        return CHANNEL_ICONS[card.icon] || card.icon;
    }

    number({count}) {
        const {limit} = this.state;
        return count >= limit ? `${limit - 1}+` : String(count);
    }

    title(card) {
        return _t("%(label)s: %(count)s. Open the list.", {
            label: card.label,
            count: this.number(card),
        });
    }

    async onOpen(card) {
        await this.action.doAction(
            await this.orm.call("kala.dashboard", "open_card", [card.key])
        );
    }
}

registry.category("actions").add("kala_comm.todo", KalaTodo);
