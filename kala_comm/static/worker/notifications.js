/**
 * Our part of Odoo's service worker (NO3, NO4), before Odoo's own: it opens what our notifications
 * are about, in a tab that is open where there is one. Odoo's part shows them.
 */
const kalaComm = {
    /** What our server says about a notification; undefined of notifications of others. */
    of(options) {
        return options?.data?.kala_comm;
    },

    async tabs() {
        const all = await self.clients.matchAll({
            type: "window",
            includeUncontrolled: true,
        });
        return all.filter(({url}) => new URL(url).pathname.startsWith("/odoo"));
    },

    /** The tab that has the record open already, else the one that was looked at last. */
    async tabFor({model, res_id: resId}) {
        const tabs = await this.tabs();
        const place = `/${model}/${resId}`;
        return (
            tabs.find(({url}) => new URL(url).pathname.endsWith(place)) ||
            tabs.find(({visibilityState}) => visibilityState === "visible") ||
            tabs[0]
        );
    },

    async open({url, facts}) {
        const tab = await this.tabFor(facts);
        if (!tab) {
            await self.clients.openWindow(url);
            return;
        }
        tab.postMessage({type: "kala_comm/open", facts});
        await tab.focus();
    },

    async arrived(test) {
        for (const tab of await this.tabs()) {
            tab.postMessage({type: "kala_comm/pushed", test});
        }
    },
};

self.addEventListener("push", (event) => {
    let said = {};
    try {
        said = event.data.json();
    } catch {
        // Odoo's part says so
    }
    const ours = kalaComm.of(said.options);
    if (ours?.test) {
        event.waitUntil(kalaComm.arrived(ours.test));
    }
});

self.addEventListener("notificationclick", (event) => {
    const ours = kalaComm.of(event.notification);
    if (!ours) {
        return;
    }
    event.stopImmediatePropagation();
    event.notification.close();
    event.waitUntil(kalaComm.open(ours));
});
