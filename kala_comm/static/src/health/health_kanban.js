import {KanbanRenderer} from "@web/views/kanban/kanban_renderer";
import {kanbanView} from "@web/views/kanban/kanban_view";
import {registry} from "@web/core/registry";

/** What needs somebody comes first: neither way, one way only, in order, not connected. */
const ORDER = ["neither", "in_only", "out_only", "both", "off"];

/** Connections with those that are sick first (WA5): their state is not stored, so they are sorted
 * here; there are few. */
export class HealthRenderer extends KanbanRenderer {
    getGroupsOrRecords() {
        const rank = ({record}) => ORDER.indexOf(record?.data.health);
        return super
            .getGroupsOrRecords(...arguments)
            .toSorted((a, b) => rank(a) - rank(b));
    }
}

registry.category("views").add("kala_health", {
    ...kanbanView,
    Renderer: HealthRenderer,
});
