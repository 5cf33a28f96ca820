import {FormController} from "@web/views/form/form_controller";
import {evaluateExpr} from "@web/core/py_js/py";
import {patch} from "@web/core/utils/patch";
import {useService} from "@web/core/utils/hooks";

/** The buttons of channels on a form open the answer box of its conversation (SE1). */
patch(FormController.prototype, {
    setup() {
        super.setup(...arguments);
        this.kalaConversation = useService("kala_comm.conversation");
    },

    async beforeExecuteActionButton(clickParams) {
        const goesOn = await super.beforeExecuteActionButton(...arguments);
        if (goesOn === false || clickParams.name !== "action_kala_compose") {
            return goesOn;
        }
        const {resModel: model, resId} = this.model.root;
        const channel = evaluateExpr(clickParams.context || "{}").kala_channel;
        return !this.kalaConversation.write({model, resId, channel});
    },
});
