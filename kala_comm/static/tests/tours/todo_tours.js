import {addTour} from "@kala_comm/../tests/tours/add_tour";
import {stepUtils} from "@web_tour/tour_utils";

/** TA5: tasks that are nobody's are given to somebody, all at once. */
addTour("kala_comm_mass_assignment", () => [
    {
        content: "Two tasks are nobody's",
        trigger: ".o_kala_todo_card[data-card=without_responsible][data-count='2']",
        run: "click",
    },
    {
        content: "Both are listed",
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
    {
        content: "Type the name",
        trigger: ".o_data_row:first .o_field_widget[name=user_id] input",
        run: "edit Salesman",
    },
    {
        content: "Take the salesman",
        trigger: ".o-autocomplete--dropdown-item:contains('Salesman')",
        run: "click",
    },
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
        content: "Back to the totals",
        trigger: ".o_menu_sections [data-menu-xmlid='kala_comm.menu_todo']",
        run: "click",
    },
    {
        content: "Nothing is nobody's any more",
        trigger: ".o_kala_todo_card[data-card=without_responsible][data-count='0']",
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
        trigger: ".o_menu_sections [data-menu-xmlid='kala_comm.menu_todo']",
        run: "click",
    },
    {
        content: "It is left",
        trigger: "body:not(:has(.o_kala_explain)) .o_kala_todo",
    },
]);
