import {onMounted, onWillUnmount} from "@odoo/owl";
import {useService} from "@web/core/utils/hooks";
import {browser} from "@web/core/browser/browser";
import {whenVisible} from "./when_visible";

/** Milliseconds in which signs are gathered before the server is asked. */
const GATHER = 700;
/**
 * Milliseconds after the last sign: the server leaves signs out while others were sent just before,
 * so what changed meanwhile is asked for then.
 */
const AGAIN = 5500;
const CHANNEL = "kala_comm/inbox";
/** A line of ours went down or works again. */
export const LINES = "kala_comm/lines";

/**
 * Calls back when something came in or left in the user's companies, or when a line of ours changed.
 *
 * @param {Function} callback
 * @param {String[]} signs bus types
 */
export function useCompanyNews(callback, signs = [CHANNEL, LINES]) {
    const bus = useService("bus_service");
    const asking = whenVisible(callback, GATHER);
    let again = null;
    const ask = () => {
        asking.ask();
        browser.clearTimeout(again);
        again = browser.setTimeout(() => asking.ask(), AGAIN);
    };
    onMounted(() => {
        bus.addChannel(CHANNEL);
        signs.forEach((sign) => bus.subscribe(sign, ask));
        bus.addEventListener("BUS:RECONNECT", ask);
    });
    onWillUnmount(() => {
        bus.deleteChannel(CHANNEL);
        signs.forEach((sign) => bus.unsubscribe(sign, ask));
        bus.removeEventListener("BUS:RECONNECT", ask);
        browser.clearTimeout(again);
        asking.stop();
    });
}
