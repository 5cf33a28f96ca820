import {addTour, choose} from "@kala_comm/../tests/tours/add_tour";

/** TE1: pick a placeholder from the list, and see what becomes of the text on a chosen record. */
addTour("kala_comm_template", () => [
    {
        content: "Name it",
        trigger:
            ".o_field_widget[name=name] input, .o_field_widget[name=name] textarea",
        run: "edit Welcome",
    },
    {
        content: "Begin to write",
        trigger: ".o_field_widget[name=body] textarea",
        run: "edit Hello ",
    },
    {
        content: "Open the list of placeholders",
        trigger: ".o_field_widget[name=body] .o_kala_placeholder_button",
        run: "click",
    },
    {
        content: "Pick one",
        trigger: ".o_kala_placeholders .o-dropdown-item:contains('First name')",
        run: "click",
    },
    {
        content: "It is in the text",
        trigger: ".o_field_widget[name=body] textarea:value('Hello {{first_name}}')",
    },
    {
        content: "The newest lead is what it is shown on, with its length",
        trigger:
            ".o_field_widget[name=preview]:contains('Hello Dana'):contains('10 characters')",
    },
    {
        content: "Show it on another kind of record",
        trigger: ".o_field_widget[name=preview_record] select",
        run: "selectByLabel Customer",
    },
    {
        content: "The lead is gone; the text is shown as it was written",
        trigger:
            ".o_field_widget[name=preview]:contains('Hello {{first_name}}'):not(:contains('Dana'))",
    },
    choose("Choose one", ".o_field_widget[name=preview_record]", "Noa Mizrahi"),
    {
        content: "The preview is of that one",
        trigger: ".o_field_widget[name=preview]:contains('Hello Noa')",
    },
    {
        content: "Save",
        trigger: ".o_form_button_save",
        run: "click",
    },
    {
        content: "It is saved",
        trigger: ".o_form_saved",
    },
]);
