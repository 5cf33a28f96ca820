import {Component, useEffect, xml} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useService} from "@web/core/utils/hooks";

/**
 * Says that the user looks at the communications of this form: a page of a notebook exists only
 * while it is open (WA1).
 */
export class KalaSeen extends Component {
    static template = xml``;
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        useEffect(
            (model, resId) => {
                if (resId) {
                    this.orm.silent.call(model, "kala_seen", [[resId]]);
                }
            },
            () => [
                this.props.record.resModel,
                this.props.record.resId,
                this.props.record.data.kala_communication_ids?.resIds?.[0],
            ]
        );
    }
}

registry.category("view_widgets").add("kala_seen", {component: KalaSeen});
