import {addTour} from "@kala_comm/../tests/tours/add_tour";

/** LO11: from anywhere, by keys alone, a word leads to the line in its conversation. */
addTour("kala_comm_search", () => [
    {
        content: "Some page of the app",
        trigger: ".o_list_view",
    },
    {
        content: "Odoo's palette opens",
        trigger: "body",
        run: "press control+k",
    },
    {
        content: "Find the search as people would look for it",
        trigger: ".o_command_palette_search input",
        run: "edit search in all",
    },
    {
        content: "It is offered",
        trigger: ".o_command.focused:contains('Search in all conversations')",
    },
    {
        content: "Take it",
        trigger: ".o_command_palette_search input",
        run: "press Enter",
    },
    {
        content: "Type the beginning of a word",
        trigger: ".o_command_palette_search .o_namespace:contains('!') + input",
        run: "edit perg",
    },
    {
        content:
            "The record with that name, and the line, its word marked; no other line",
        trigger:
            ".o_command_palette:has(.o_kala_search_hit bdi:contains('Pergola')):has(.o_kala_search_text:contains('Where is the <b>pergola</b>?') mark:contains('pergola')):not(:has(.o_kala_search_text:contains('Line')))",
    },
    {
        content: "Choose the line",
        trigger: ".o_kala_search_hit:has(.o_kala_search_text:contains('pergola'))",
        run: "click",
    },
    {
        content: "The conversation is open at the line, which is far above its end",
        trigger:
            ".o_form_view .o_kala_conversation .o_kala_hit:contains('Where is the <b>pergola</b>?')",
    },
    {
        content: "Search again from here, with the mouse",
        trigger: ".o_menu_systray .o_kala_search button",
        run: "click",
    },
    {
        content: "Only the beginning of a number",
        trigger: ".o_command_palette_search .o_namespace:contains('!') + input",
        run: "edit 050-234",
    },
    {
        content: "A number leads to its customer",
        trigger: ".o_kala_search_hit bdi:contains('Dana Levi')",
        run: "click",
    },
    {
        content: "It is the customer",
        trigger: ".o_form_view .o_field_widget[name=name] :value('Dana Levi')",
    },
]);
