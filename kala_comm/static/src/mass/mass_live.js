import {Component, useEffect, xml} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {whenVisible} from "@kala_comm/live/when_visible";

/** Milliseconds between two looks: one query for a form that somebody looks at. */
const INTERVAL = 2000;
/** States in which numbers move by themselves. */
const MOVING = ["preparing", "sending"];

/**
 * Keeps the progress of a mass send right while one looks at it (BR2). Thousands of messages are
 * sent between two looks, so that it asks instead of being told of each.
 */
export class KalaMassLive extends Component {
    static template = xml``;
    static props = {...standardWidgetProps};

    setup() {
        useEffect(
            (isMoving) => {
                if (!isMoving) {
                    return;
                }
                const refresh = whenVisible(() => this.refresh(), 0);
                const timer = browser.setInterval(refresh.ask, INTERVAL);
                return () => {
                    browser.clearInterval(timer);
                    refresh.stop();
                };
            },
            () => [this.isMoving]
        );
    }

    get isMoving() {
        const {state, check_state: checkState} = this.props.record.data;
        return MOVING.includes(state) || checkState === "running";
    }

    async refresh() {
        if (!(await this.props.record.isDirty())) {
            await this.props.record.load();
        }
    }
}

registry.category("view_widgets").add("kala_mass_live", {
    component: KalaMassLive,
    additionalClasses: ["d-none"],
    fieldDependencies: [
        {name: "state", type: "selection"},
        {name: "check_state", type: "selection"},
    ],
});
