import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";

/** Which days, and whose communications the figures are of. */
export class DashboardFilters extends Component {
    static template = "kala_comm.DashboardFilters";
    static props = {
        choices: Object,
        fault: String,
        filters: Object,
        onChange: Function,
        onPrint: Function,
    };

    get periods() {
        return [
            ["today", _t("Today")],
            ["week", _t("7 days")],
            ["days", _t("30 days")],
            ["month", _t("This month")],
            ["custom", _t("Custom")],
        ];
    }

    get lists() {
        const {users, teams, lines, channels} = this.props.choices;
        return [
            {name: "team", every: _t("All teams"), options: teams},
            {name: "user", every: _t("All users"), options: users},
            {name: "line", every: _t("All lines"), options: lines},
            {name: "channel", every: _t("All channels"), options: channels},
        ].filter(({options}) => options.length > 1);
    }

    isChosen(name, value) {
        return String(this.props.filters[name] || "") === String(value);
    }

    get isFiltered() {
        return this.lists.some(({name}) => this.props.filters[name]);
    }

    onPeriod(period) {
        this.props.onChange({period});
    }

    onValue(name, ev) {
        this.props.onChange({[name]: ev.target.value});
    }

    onClear() {
        this.props.onChange({team: "", user: "", line: "", channel: ""});
    }
}
