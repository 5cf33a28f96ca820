import {Component, useEffect, xml} from "@odoo/owl";
import {getBasicEvalContext, getFieldsSpec} from "@web/model/relational_model/utils";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useService} from "@web/core/utils/hooks";
import {whenVisible} from "@kala_comm/live/when_visible";

/** Milliseconds: a message that is sent changes its state several times in a row. */
const GATHER = 250;

/**
 * Keeps an open form up to date while communications come, go and are delivered (LO4). What the
 * user has typed and not saved is never touched: then only our own fields are read again.
 */
export class KalaLive extends Component {
    static template = xml``;
    static props = {...standardWidgetProps};

    setup() {
        this.live = useService("kala_comm.live");
        this.orm = useService("orm");
        this.store = useService("mail.store");
        useEffect(
            (model, resId) => {
                if (!resId) {
                    return;
                }
                const refresh = whenVisible(() => this.refresh(model, resId), GATHER);
                const stopWatching = this.live.watch(model, resId, refresh.ask);
                return () => {
                    stopWatching();
                    refresh.stop();
                };
            },
            () => [this.props.record.resModel, this.props.record.resId]
        );
    }

    async refresh(model, resId) {
        const record = this.props.record;
        if (record.dirty || this.isTyping()) {
            await this.readOwnFields(record, model, resId);
            this.env.bus.trigger("MAIL:RELOAD-THREAD", {model, id: resId});
        } else {
            // Reloads the messages of the chatter as well
            await record.load();
        }
        await this.store.Thread.get({model, id: resId})?.fetchThreadData([
            "activities",
        ]);
    }

    /** Whether the cursor is in a field of a form: its value may not be known to the record yet. */
    isTyping() {
        const active = document.activeElement;
        return Boolean(
            active?.closest(".o_form_view .o_field_widget") &&
            active.matches("input, textarea, [contenteditable='true']")
        );
    }

    /** Read the fields that communications change, and leave the others as they are. */
    async readOwnFields(record, model, resId) {
        const names = Object.keys(record.activeFields).filter((name) =>
            name.startsWith("kala_communication")
        );
        if (!names.length) {
            return;
        }
        const activeFields = Object.fromEntries(
            names.map((name) => [name, record.activeFields[name]])
        );
        await record.model.mutex.exec(async () => {
            const [values] = await this.orm.webRead(model, [resId], {
                context: record.context,
                specification: getFieldsSpec(
                    activeFields,
                    record.fields,
                    getBasicEvalContext(record.config)
                ),
            });
            if (values && record.resId === resId) {
                record._applyValues(values);
            }
        });
    }
}

registry.category("view_widgets").add("kala_live", {
    component: KalaLive,
    additionalClasses: ["d-none"],
});
