import {Component, onWillStart, status, useState} from "@odoo/owl";
import {LINES, useCompanyNews} from "../live/company_news";
import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";

/** Above the Inbox: which of the user's lines do not work at the moment (WA5). */
export class LineBanner extends Component {
    static template = "kala_comm.LineBanner";
    static props = {};

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.state = useState({troubles: []});
        useCompanyNews(() => this.read(), [LINES]);
        onWillStart(() => {
            // The Inbox does not wait for it.
            this.read();
        });
    }

    async read() {
        const troubles = await this.orm.silent.call("kala.line", "troubles", []);
        if (status(this) !== "destroyed") {
            this.state.troubles = troubles;
        }
    }

    /** On the page of health those that do not work stand first, with what to do. */
    mend() {
        return this.action.doAction("kala_comm.kala_health_action");
    }

    get label() {
        return _t("Lines that do not work");
    }
}
