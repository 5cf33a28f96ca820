import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {useService} from "@web/core/utils/hooks";
import {AnswerBox} from "./answer_box";

/**
 * The answer box in a dialog (SE3): for a record of a list, and where there is no conversation to
 * write in. It is the same box, with the same draft.
 */
export class Compose extends Component {
    static template = "kala_comm.Compose";
    static components = {AnswerBox};
    static props = {...standardActionServiceProps};

    setup() {
        this.action = useService("action");
        const {model, res_id, composer, channel, number, reply_to} =
            this.props.action.params;
        this.box = {model, resId: res_id, handle: {}};
        this.start = {composer, channel, number, replyTo: reply_to};
    }

    /** What was sent is on its way: the list or form behind is shown again. */
    onSent() {
        return this.action.doAction({type: "ir.actions.act_window_close"});
    }
}

registry.category("actions").add("kala_comm.compose", Compose);
