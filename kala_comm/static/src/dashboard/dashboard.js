import {Component, onWillStart, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {KeepLast} from "@web/core/utils/concurrency";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {useSetupAction} from "@web/search/action_hook";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {DashboardFilters} from "./dashboard_filters";
import {DashboardTable} from "./dashboard_table";
import {FigureCard} from "./figure_card";
import {FigureChart} from "./figure_chart";
import {failureChart, timeChart, volumeChart} from "./charts";
import {daysWords, momentWords} from "./words";

const FILTERS = {
    period: "days",
    first: "",
    last: "",
    user: "",
    team: "",
    line: "",
    channel: "",
};

/** How much is said, how soon it is answered, what goes wrong (LO12). Each figure opens what it counts. */
export class Dashboard extends Component {
    static template = "kala_comm.Dashboard";
    static components = {DashboardFilters, DashboardTable, FigureCard, FigureChart};
    static props = {...standardActionServiceProps};

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.last = new KeepLast();
        const kept = this.props.state?.kept || {};
        this.state = useState({
            filters: {...FILTERS, ...kept.filters},
            group: kept.group || "user",
            side: kept.side || "incoming",
            figures: null,
            fault: "",
            isLoading: true,
        });
        useSetupAction({getLocalState: () => ({kept: this.kept})});
        onWillStart(async () => {
            this.choices = await this.orm.call("kala.dashboard", "choices", []);
        });
        // The page is there at once; the figures follow.
        this.load();
    }

    get kept() {
        const {filters, group, side} = this.state;
        return {filters: {...filters}, group, side};
    }

    // ------------------------------------------------------------------ what is shown

    get figures() {
        return this.state.figures;
    }

    get periodWords() {
        const {first, last} = this.figures.period;
        return daysWords(first, last);
    }

    get beforeWords() {
        const {before_first: first, before_last: last} = this.figures.period;
        return daysWords(first, last);
    }

    get countedFrom() {
        return momentWords(this.figures.counted_from);
    }

    get sides() {
        return [
            ["incoming", _t("Incoming")],
            ["outgoing", _t("Outgoing")],
        ];
    }

    get volume() {
        return volumeChart(this.figures.bars, this.state.side);
    }

    get times() {
        return timeChart(this.figures.bars);
    }

    get hasTimes() {
        return this.figures.bars.times.some((seconds) => seconds !== null);
    }

    get failures() {
        return failureChart(this.figures.failures);
    }

    // ------------------------------------------------------------------ what one does

    async load() {
        this.state.isLoading = true;
        try {
            this.state.figures = await this.last.add(
                this.orm.call("kala.dashboard", "figures", [
                    {...this.state.filters},
                    this.state.group,
                ])
            );
            this.state.fault = "";
        } catch (error) {
            // A filter that cannot be is said beside the filters; what was shown stays.
            if (!error.data?.message) {
                throw error;
            }
            this.state.fault = error.data.message;
        } finally {
            this.state.isLoading = false;
        }
    }

    onFilter(changes) {
        Object.assign(this.state.filters, changes);
        const {period, first, last} = this.state.filters;
        if (period !== "custom" || (first && last)) {
            this.load();
        }
    }

    onGroup(group) {
        this.state.group = group;
        this.load();
    }

    onSide(side) {
        this.state.side = side;
    }

    async open(key, within = {}) {
        const action = await this.orm.call("kala.dashboard", "open_figure", [
            {...this.state.filters},
            key,
            within,
        ]);
        this.action.doAction(action);
    }

    onBar(bar, series) {
        const {channel} = this.figures.bars.series.filter(
            ({side}) => side === this.state.side
        )[series];
        this.open(this.state.side, {bar, channel});
    }

    onTime(bar) {
        this.open("answered", {bar});
    }

    onFailure(index) {
        this.open("failed", {kind: this.figures.failures[index].kind});
    }

    onPrint() {
        window.print();
    }
}

registry.category("actions").add("kala_comm.dashboard", Dashboard);
