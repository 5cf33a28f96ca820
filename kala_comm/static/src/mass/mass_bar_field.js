import {Component, useEffect} from "@odoo/owl";
import {serializeDateTime} from "@web/core/l10n/dates";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {useService} from "@web/core/utils/hooks";
import {MassBar} from "./mass_bar";

/**
 * The bar of a mass send in its form, list or card (BR2). What the bus tells is written into the
 * record: other fields of it, and its buttons, follow; the server is asked for nothing.
 */
export class MassBarField extends Component {
    static template = "kala_comm.MassBarField";
    static components = {MassBar};
    static props = {...standardFieldProps, hasButtons: {type: Boolean, optional: true}};

    setup() {
        this.mass = useService("kala_comm.mass");
        useEffect(
            (id) => id && this.mass.watch(id, (numbers) => this.take(numbers)),
            () => [this.props.record.resId]
        );
    }

    get bar() {
        const {resId: id, data} = this.props.record;
        if (!id || !data.state || data.state === "draft") {
            return null;
        }
        const endsAt = data.ends_at ? serializeDateTime(data.ends_at) : false;
        return {...data, id, ends_at: endsAt};
    }

    /**
     * A form is read again where more than numbers changes: the sentences of a count, which are in
     * the user's language, and what hangs on the state.
     */
    async take({id, ...numbers}) {
        const {record} = this.props;
        const isMore = numbers.state === "draft" || numbers.state !== record.data.state;
        if (isMore && record.model.root.id === record.id && !(await record.isDirty())) {
            await record.load();
            return;
        }
        const known = Object.entries(numbers).filter(
            ([name]) => name in record.activeFields && name in record.fields
        );
        if (id === record.resId) {
            record._applyValues(Object.fromEntries(known));
        }
    }
}

registry.category("fields").add("kala_mass_bar", {
    component: MassBarField,
    supportedTypes: ["float"],
    extractProps: ({viewType}) => ({hasButtons: viewType !== "form"}),
    fieldDependencies: [
        {name: "state", type: "selection"},
        {name: "total", type: "integer"},
        {name: "sent", type: "integer"},
        {name: "failed", type: "integer"},
        {name: "waiting", type: "integer"},
        {name: "skipped", type: "integer"},
        {name: "ends_at", type: "datetime"},
    ],
});
