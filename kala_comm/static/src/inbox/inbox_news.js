import {onMounted, onWillUnmount} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {useService} from "@web/core/utils/hooks";
import {whenVisible} from "../live/when_visible";

/** Milliseconds in which events are gathered before the server is asked. */
const GATHER = 700;
/**
 * Milliseconds after the last event: the server leaves events out while others were sent just
 * before, so the rows that it left out are asked for then.
 */
const AGAIN = 4000;
const CHANNEL = "kala_comm/inbox";

/**
 * The list moves by itself: the rows that the server tells of are read again. Nothing is asked
 * while nothing happens; after a silence of the bus all that is shown is read again.
 *
 * @param {Queue} queue
 * @param {Function} onNews called when what is on the screen may have changed
 */
export function useInboxNews(queue, onNews) {
    const bus = useService("bus_service");
    let changed = new Set();
    let isAny = false;
    let again = null;
    const reading = whenVisible(async () => {
        const keys = isAny
            ? [...new Set([...changed, ...queue.nearKeys])]
            : [...changed];
        changed = new Set();
        isAny = false;
        await queue.refresh(keys);
        if (keys.includes(queue.chosen?.key)) {
            onNews();
        }
    }, GATHER);
    const catchingUp = whenVisible(() => queue.catchUp(), GATHER);

    function onChanged({keys}) {
        (keys || []).forEach((key) => changed.add(key));
        isAny = isAny || !keys?.length;
        reading.ask();
        browser.clearTimeout(again);
        again = browser.setTimeout(() => {
            isAny = true;
            reading.ask();
        }, AGAIN);
    }
    const onReconnect = () => catchingUp.ask();

    onMounted(() => {
        bus.addChannel(CHANNEL);
        bus.subscribe(CHANNEL, onChanged);
        bus.addEventListener("BUS:RECONNECT", onReconnect);
    });
    onWillUnmount(() => {
        bus.deleteChannel(CHANNEL);
        bus.unsubscribe(CHANNEL, onChanged);
        bus.removeEventListener("BUS:RECONNECT", onReconnect);
        browser.clearTimeout(again);
        reading.stop();
        catchingUp.stop();
    });
}
