import {Component, onWillUnmount, useComponent} from "@odoo/owl";
import {CHANNEL_ICONS, RECORD_MODELS, isCall} from "../channels";
import {PhoneField} from "@web/views/fields/phone/phone_field";
import {browser} from "@web/core/browser/browser";
import {callNumber} from "./call";
import {patch} from "@web/core/utils/patch";
import {usePopover} from "@web/core/popover/popover_hook";
import {useService} from "@web/core/utils/hooks";
import {user} from "@web/core/user";

/** Milliseconds that the pointer rests on a number before the channels are offered. */
const REST = 350;
/** Milliseconds to get from the number to the channels. */
const WAY = 250;

/** The channels on which a number can be reached. */
export class PhoneChannels extends Component {
    static template = "kala_comm.PhoneChannels";
    static props = {
        channels: Array,
        choose: Function,
        stay: Function,
        leave: Function,
        close: {type: Function, optional: true},
    };

    icon({channel}) {
        return CHANNEL_ICONS[channel];
    }
}

/**
 * Offers the channels of a number while the pointer rests on it (SE2), as far as the record's
 * contact allows them and a line is connected.
 *
 * @returns {{enter: Function, leave: Function}}
 */
function usePhoneChannels() {
    const component = useComponent();
    const action = useService("action");
    const conversation = useService("kala_comm.conversation");
    const orm = useService("orm");
    const popover = usePopover(PhoneChannels, {position: "top-start"});
    let timer = null;
    let isOver = false;

    function later(work, wait) {
        browser.clearTimeout(timer);
        timer = browser.setTimeout(work, wait);
    }
    const stay = () => browser.clearTimeout(timer);
    const enter = (target) => {
        isOver = true;
        later(() => offer(target), REST);
    };
    const leave = () => {
        isOver = false;
        later(() => popover.close(), WAY);
    };
    onWillUnmount(leave);

    async function offer(target) {
        const {resModel, resId, data} = component.props.record;
        const number = data[component.props.name];
        if (!number || !resId || !RECORD_MODELS.includes(resModel)) {
            return;
        }
        if (!(await user.hasGroup("kala_comm.group_user"))) {
            return;
        }
        const channels = await orm.silent.call(resModel, "kala_phone_channels", [
            [resId],
            number,
        ]);
        if (channels.length && isOver && target.isConnected) {
            popover.open(target, {
                channels,
                choose: (channel) => choose(channel, resModel, resId, number),
                stay,
                leave,
            });
        }
    }

    async function choose({channel}, resModel, resId, number) {
        popover.close();
        if (isCall(channel)) {
            await callNumber(component.env, number);
            return;
        }
        if (conversation.write({model: resModel, resId, channel, number})) {
            return;
        }
        await action.doAction(
            await orm.call(resModel, "action_kala_compose", [[resId]], {
                context: {...user.context, kala_channel: channel, kala_number: number},
            })
        );
    }

    return {enter, leave};
}

patch(PhoneField.prototype, {
    setup() {
        super.setup(...arguments);
        this.kalaChannels = usePhoneChannels();
    },
});
