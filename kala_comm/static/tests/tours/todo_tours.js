import {addTour, choose} from "@kala_comm/../tests/tours/add_tour";
import {stepUtils} from "@web_tour/tour_utils";

/** TA5: tasks that are nobody's are given to somebody, all at once. */
addTour("kala_comm_mass_assignment", () => [
    {
        content: "Two tasks are nobody's; both are listed",
        trigger: ".o_list_view:has(.o_data_row:contains('First')):contains('Second')",
    },
    {
        content: "Select them",
        trigger: ".o_list_view thead .o_list_record_selector input",
        run: "click",
    },
    {
        content: "Choose the responsible of one",
        trigger: ".o_data_row:first .o_data_cell[name=user_id]",
        run: "click",
    },
    choose(
        "Take the salesman",
        ".o_data_row:first .o_field_widget[name=user_id]",
        "Salesman"
    ),
    {
        content: "For both",
        trigger: ".modal:contains('2') footer .btn-primary",
        run: "click",
    },
    {
        content: "Both rows show him",
        trigger:
            "body:not(:has(.modal)) .o_list_view:not(:has(.o_data_row .o_data_cell[name=user_id]:not(:contains('Salesman'))))",
    },
    {
        content: "Go to the Inbox",
        trigger: ".o_menu_sections [data-menu-xmlid='kala_comm.menu_inbox']",
        run: "click",
    },
    {
        content: "Nothing is nobody's any more",
        trigger: ".o_kala_inbox_tab[data-tab=unassigned][data-count='0']",
    },
]);

/** AD1, MA9, RE6: where would a message of this number go, and whose would it be? */
addTour("kala_comm_explain", () => [
    stepUtils.showAppsMenuItem(),
    {
        content: "Open the application",
        trigger: ".o_app[data-menu-xmlid='kala_comm.menu_root']",
        run: "click",
    },
    {
        content: "Open its configuration",
        trigger: ".o_menu_sections [data-menu-xmlid='kala_comm.menu_configuration']",
        run: "click",
    },
    {
        content: "Open the page",
        trigger: ".dropdown-item[data-menu-xmlid='kala_comm.menu_explain']",
        run: "click",
    },
    {
        content: "Type a number as it is said",
        trigger: ".o_field_widget[name=contact] input",
        run: "edit 050-234 5678 && press Tab",
    },
    {
        content: "It is read, whatever its spelling",
        trigger: ".o_kala_explain [data-step=who]:contains('+972 50-234-5678')",
    },
    {
        content: "The lost lead is passed over, with the reason",
        trigger:
            ".o_kala_explain [data-step=records] li:contains('Bathroom'):contains('excluded')",
    },
    {
        content: "The other one is chosen",
        trigger: ".o_kala_explain [data-step=record]:contains('Kitchen')",
    },
    {
        content: "Its responsible gets it",
        trigger:
            ".o_kala_explain [data-step=user]:has(li:contains('Manager') .text-success)",
    },
    {
        content: "A number that nobody knows",
        trigger: ".o_field_widget[name=contact] input",
        run: "edit 054-234-5678 && press Tab",
    },
    {
        content: "A new lead would be made",
        trigger: ".o_kala_explain [data-step=record]:contains('A new lead')",
    },
    {
        content: "Leave the page",
        trigger: ".o_menu_sections [data-menu-xmlid='kala_comm.menu_inbox']",
        run: "click",
    },
    {
        content: "It is left",
        trigger: "body:not(:has(.o_kala_explain)) .o_kala_inbox",
    },
]);

/** DE4: the connection was mended; what failed meanwhile is sent again, once it was asked. */
addTour("kala_comm_resend_line", () => [
    {
        content: "The line says what failed",
        trigger: ".o_form_view .alert[name=failed]:contains('2')",
    },
    {
        content: "Send it again",
        trigger: ".alert[name=failed] button[name=action_open_resend]",
        run: "click",
    },
    {
        content: "It asks first, by kind",
        trigger:
            ".modal table:contains('No credit'):contains('Stays as it is'):contains('Wrong address')",
    },
    {
        content: "Yes",
        trigger: ".modal footer button[name=action_resend]",
        run: "click",
    },
    {
        content: "They are on their way",
        trigger: ".o_notification:contains('on their way again: 2')",
    },
    {
        content: "The line says no more",
        trigger: "body:not(:has(.modal)) .o_form_view:not(:has(.alert[name=failed]))",
    },
]);

/** CO1, CO2, SE1: an objection is written down with its reason, and the button goes. */
addTour("kala_comm_consent", () => [
    {
        content: "An SMS may be written",
        trigger: "button[name=action_kala_compose]:contains('SMS')",
    },
    {
        content: "Open the tab",
        trigger: ".o_notebook_headers .nav-link[name=kala_consent]",
        run: "click",
    },
    {
        content: "Nobody objected",
        trigger:
            ".o_kala_consent_row[data-channel=sms][data-state=open] button:contains('Change')",
        run: "click",
    },
    {
        content: "Say how we know",
        trigger: ".modal .o_field_widget[name=origin] input",
        run: "edit Asked for calls only",
    },
    {
        content: "Save",
        trigger: ".modal footer button[name=action_save]",
        run: "click",
    },
    {
        content: "The answer is no",
        trigger:
            "body:not(:has(.modal)) .o_kala_consent_row[data-channel=sms][data-state=no]",
    },
    {
        content: "It is proved",
        trigger:
            ".o_kala_consent_proof:contains('Asked for calls only'):contains('Manager')",
    },
    {
        content: "Odoo's own blacklist knows, and that is shown",
        trigger: ".o_kala_consent_row[data-channel=whatsapp][data-state=listed]",
    },
    {
        content: "The buttons are gone",
        trigger: ".o_form_view:not(:has(button[name=action_kala_compose]))",
    },
]);

/** SE2: resting on a number offers its channels; the answer box opens on that number. */
addTour("kala_comm_hover", () => [
    {
        content: "Rest on the additional number",
        trigger: ".o_field_widget[name=kala_phone2] .o_phone_content",
        run: "hover",
    },
    {
        content: "Write an SMS to it",
        trigger: ".o_kala_phone_channels button[data-channel=sms]",
        run: "click",
    },
    {
        content: "The box is open on that number",
        trigger: ".o_kala_answer .o_kala_channel:contains('052-234-5678')",
    },
]);

/** SE2: by keys, from a list: Alt and arrow down, arrows, Esc, Enter; one popover for all. */
addTour("kala_comm_hover_by_keys", () => [
    {
        content: "On the number of a row, Alt and arrow down",
        trigger: ".o_data_row .o_field_phone a, .o_data_row .o_field_kala_contact a",
        run({press}) {
            this.anchor.focus();
            return press("Alt+ArrowDown");
        },
    },
    {
        content: "The first channel has the focus; Esc goes back to the number",
        trigger: ".o_kala_phone_channels button:focus",
        run: "press Escape",
    },
    {
        content: "The popover is gone, and the number has the focus",
        trigger:
            "body:not(:has(.o_kala_phone_channels)) .o_data_row .o_phone_content a:focus",
        run({press}) {
            return press("Alt+ArrowDown");
        },
    },
    {
        content: "The arrows go through the channels, and round",
        trigger: ".o_kala_phone_channels button:focus",
        async run({press}) {
            const count = document.querySelectorAll(
                ".o_kala_phone_channels button"
            ).length;
            if (document.querySelectorAll(".o_kala_phone_channels").length !== 1) {
                throw new Error("There is more than one popover.");
            }
            for (let n = 0; n < count; n++) {
                await press("ArrowRight");
            }
        },
    },
    {
        content: "WhatsApp",
        trigger: ".o_kala_phone_channels button[data-channel=whatsapp]",
        run: "click",
    },
    {
        content: "One writes on that channel",
        trigger: ".modal .o_kala_answer textarea",
    },
]);

/** SE2: a tap offers the channels, and does not dial. */
addTour("kala_comm_hover_by_tap", () => [
    {
        content: "Tap the number",
        trigger: ".o_field_widget[name=kala_phone] a.o_form_uri",
        run() {
            const tap = new PointerEvent("click", {
                pointerType: "touch",
                bubbles: true,
                cancelable: true,
            });
            if (this.anchor.dispatchEvent(tap)) {
                throw new Error("The device dials, and offers nothing.");
            }
        },
    },
    {
        content: "SMS",
        trigger: ".o_kala_phone_channels button[data-channel=sms]",
        run: "click",
    },
    {
        content: "One writes on that channel",
        trigger: ".o_kala_answer textarea",
    },
]);
