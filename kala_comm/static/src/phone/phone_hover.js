import {RECORD_MODELS} from "../channels";
import {PhoneField} from "@web/views/fields/phone/phone_field";
import {patch} from "@web/core/utils/patch";
import {useService} from "@web/core/utils/hooks";

/** Lists and forms whose numbers offer the channels (SE2). */
const OFFERING = [...RECORD_MODELS, "account.move", "kala.communication"];

/** @returns {Boolean} whether numbers of the record offer channels; what is not saved has none */
export function isOffering({resModel, resId}) {
    return Boolean(resId) && OFFERING.includes(resModel);
}

/**
 * A phone number offers its channels to who rests on it, taps it, or presses Alt and arrow down on
 * it (SE2).
 */
patch(PhoneField.prototype, {
    setup() {
        super.setup(...arguments);
        this.kalaOffer = useService("kala_comm.phone_offer");
    },

    /** What is asked for. */
    get kalaNumber() {
        const {record, name} = this.props;
        const number = record.data[name];
        return number && isOffering(record)
            ? {model: record.resModel, resId: record.resId, number}
            : null;
    },

    /** A mouse rests; a finger that lies on the screen is a tap, which tells itself. */
    onKalaEnter(ev) {
        if (ev.pointerType !== "touch" && this.kalaNumber) {
            this.kalaOffer.enter(ev.currentTarget, this.kalaNumber);
        }
    },

    onKalaLeave(ev) {
        if (ev.pointerType !== "touch") {
            this.kalaOffer.leave();
        }
    },

    /** The device's own dialling is what is left where no channel can be offered. */
    onKalaClick(ev) {
        const link = ev.target.closest("a.o_form_uri");
        if (ev.pointerType !== "touch" || !link || !this.kalaNumber) {
            return;
        }
        ev.preventDefault();
        ev.stopPropagation();
        this.kalaOffer.tap(ev.currentTarget, this.kalaNumber);
    },

    onKalaKeydown(ev) {
        if (ev.key === "ArrowDown" && ev.altKey && this.kalaNumber) {
            ev.preventDefault();
            ev.stopPropagation();
            this.kalaOffer.openByKey(ev.currentTarget, this.kalaNumber, ev.target);
        }
    },
});
