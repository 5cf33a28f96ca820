import {Component, onMounted, onWillUnmount, useState} from "@odoo/owl";
import {NavBar} from "@web/webclient/navbar/navbar";
import {_t} from "@web/core/l10n/translation";
import {patch} from "@web/core/utils/patch";
import {useService} from "@web/core/utils/hooks";

/** How many leads wait in a status of type "new" (ST4). */
export class LeadBadge extends Component {
    static template = "kala_comm.LeadBadge";
    static props = {};

    setup() {
        const badge = useService("kala_comm.badge");
        this.state = useState(badge.state);
        let hide = null;
        onMounted(() => {
            hide = badge.show();
        });
        onWillUnmount(() => hide());
    }

    get text() {
        const {count, limit} = this.state;
        return count >= limit ? `${limit - 1}+` : String(count);
    }

    get title() {
        return _t("New leads: %s", this.text);
    }
}

NavBar.components = {...NavBar.components, LeadBadge};

patch(NavBar.prototype, {
    /** Whether a menu gets the badge: the leads' own one, or the sales menu where leads are off. */
    kalaHasLeadBadge(menu) {
        if (menu.xmlid === "crm.crm_menu_sales") {
            return !this.currentAppSections.some(
                (s) => s.xmlid === "crm.crm_menu_leads"
            );
        }
        return (
            menu.xmlid === "crm.crm_menu_leads" || menu.xmlid === "crm.crm_menu_root"
        );
    },
});
