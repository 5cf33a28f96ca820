import {describe, expect, test} from "@odoo/hoot";
import {advanceTime} from "@odoo/hoot-mock";
import {IncomingService} from "@kala_comm/notification/incoming_service";

describe.current.tags("headless");

function serviceOf(screen) {
    return new IncomingService(
        {},
        {
            "kala_comm.conversation": {isOnScreen: () => screen.isOpen},
            "kala_comm.live": {watch: () => () => {}},
            presence: {isOdooFocused: () => true},
        }
    );
}

const NEWS = {
    id: 1,
    family: "text",
    contact: "+972502345678",
    model: "crm.lead",
    res_id: 7,
};

test("NO1: a card goes when its conversation is opened, that of a ringing call stays", async () => {
    const screen = {isOpen: false};
    const service = serviceOf(screen);
    service.onIncoming(NEWS);
    service.onIncoming({...NEWS, id: 2, family: "call", call_status: "ringing"});
    await advanceTime(1000);
    expect(service.toasts.cards.length).toBe(2);
    screen.isOpen = true;
    await advanceTime(1000);
    expect(service.toasts.cards.map(({isRinging}) => isRinging)).toEqual([true]);
});
