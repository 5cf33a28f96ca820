import {addTour} from "@kala_comm/../tests/tours/add_tour";

const linkTo = (page) =>
    `a.o_kala_help[target=_blank][href='/kala/help/${page}']:visible`;

/** AD1: the form of a connection links to the page of its provider, also before it is saved. */
addTour("kala_comm_help_connection", () => [
    {
        content: "A sandbox is explained on the page for administrators",
        trigger: `.o_form_view ${linkTo("administrator")}:contains('Help')`,
    },
    {
        content: "Another provider is chosen",
        trigger: ".o_field_widget[name=provider_choice] input",
        run: "edit Odoo e-mail",
    },
    {
        trigger: ".o-dropdown--menu .o_select_menu_item:contains('Odoo e-mail')",
        run: "click",
    },
    {
        content: "It has a page of its own",
        trigger: `.o_form_view ${linkTo("channels/email")}`,
    },
    {
        trigger: ".o_form_button_cancel",
        run: "click",
    },
]);

addTour("kala_comm_help_settings", () => [
    {
        content: "The settings link to all pages",
        trigger: `.app_settings_block ${linkTo("index")}`,
    },
]);

addTour("kala_comm_help_inbox", () => [
    {
        trigger: ".o_kala_inbox_choices",
        run: "click",
    },
    {
        content: "The inbox links to the page for salespeople",
        trigger: `.o-dropdown--menu ${linkTo("salesperson")}`,
    },
]);
