import {Component, onMounted, useRef} from "@odoo/owl";
import {CHANNEL_ICONS, isCall} from "../channels";
import {browser} from "@web/core/browser/browser";
import {callNumber} from "./call";
import {registry} from "@web/core/registry";
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
        /** Who came by keys goes on by keys. */
        isByKey: {type: Boolean, optional: true},
        close: {type: Function, optional: true},
    };

    setup() {
        this.root = useRef("root");
        onMounted(() => {
            if (this.props.isByKey) {
                this.buttons[0].focus();
            }
        });
    }

    get buttons() {
        return [...this.root.el.querySelectorAll("button")];
    }

    icon({channel}) {
        return CHANNEL_ICONS[channel];
    }

    /** Arrows go through the channels, and round. */
    onKeydown(ev) {
        const steps = {ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1};
        const {buttons} = this;
        const at = buttons.indexOf(document.activeElement);
        if (ev.key in steps && at >= 0) {
            ev.preventDefault();
            buttons[(at + steps[ev.key] + buttons.length) % buttons.length].focus();
        }
    }
}

/**
 * Offers the channels of a number (SE2), as far as the contact allows them and a line is connected.
 * There is one popover for all numbers of a page: a second number takes it from the first.
 */
export const phoneOfferService = {
    dependencies: ["action", "kala_comm.conversation", "orm", "popover"],

    start(env, {action, "kala_comm.conversation": conversation, orm, popover}) {
        let timer = null;
        /** What the pointer is on, or was asked for last; old answers are for nobody. */
        let wanted = null;
        let close = () => {};

        function later(work, wait) {
            browser.clearTimeout(timer);
            timer = browser.setTimeout(work, wait);
        }
        const stay = () => browser.clearTimeout(timer);

        function leave() {
            wanted = null;
            later(() => close(), WAY);
        }

        function enter(target, place) {
            wanted = place;
            later(() => offer(target, place), REST);
        }

        /** @returns {Promise<Boolean>} whether there is something to offer */
        async function offer(target, place, options = {}) {
            wanted = place;
            if (!(await user.hasGroup("kala_comm.group_user"))) {
                return false;
            }
            const {model, resId, number} = place;
            const told = await orm.silent.call("kala.phone.number", "offer", [
                model,
                resId,
                number,
            ]);
            if (wanted !== place || !target.isConnected) {
                return true;
            }
            close();
            if (!told.channels.length) {
                return false;
            }
            const {isByKey = false, onClose} = options;
            close = popover.add(
                target,
                PhoneChannels,
                {
                    channels: told.channels,
                    isByKey,
                    choose: (channel) => choose(channel, told, number),
                    stay,
                    leave: isByKey ? () => {} : leave,
                },
                {
                    closeOnEscape: true,
                    onClose,
                    position: "top-start",
                    // Who only rests on a number goes on writing where he was.
                    setActiveElement: isByKey,
                }
            );
            return true;
        }

        /** A tap offers at once; where nothing can be offered, the device dials. */
        async function tap(target, place) {
            stay();
            if (!(await offer(target, place))) {
                browser.open(`tel:${place.number.replace(/\s+/g, "")}`, "_self");
            }
        }

        /** The keys go back to where they came from. */
        async function openByKey(target, place, from) {
            stay();
            await offer(target, place, {isByKey: true, onClose: () => from.focus()});
        }

        async function choose({channel}, {model, id}, number) {
            close();
            if (isCall(channel)) {
                await callNumber(env, number);
                return;
            }
            if (conversation.write({model, resId: id, channel, number})) {
                return;
            }
            await action.doAction(
                await orm.call(model, "action_kala_compose", [[id]], {
                    context: {
                        ...user.context,
                        kala_channel: channel,
                        kala_number: number,
                    },
                })
            );
        }

        return {enter, leave, openByKey, tap};
    },
};

registry.category("services").add("kala_comm.phone_offer", phoneOfferService);
