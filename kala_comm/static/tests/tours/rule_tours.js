import {addTour, choose} from "@kala_comm/../tests/tours/add_tour";

const text = (name) =>
    `.o_field_widget[name=${name}] input, .o_field_widget[name=${name}] textarea`;

/** AU2, AU3, AU5: build a rule from nothing, dry run, start. */
addTour("kala_comm_rule", () => [
    {content: "Name it", trigger: text("name"), run: "edit Greeting"},
    choose("About leads", ".o_field_widget[name=model_id]", "Lead"),
    {
        content: "Add a step",
        trigger:
            ".o_kala_steps .o_field_x2many_list_row_add a, .o_kala_steps .o_field_x2many_list_row_add button",
        run: "click",
    },
    choose(
        "Choose its text",
        ".modal .o_field_widget[name=template_id]",
        "Thank you for your request"
    ),
    {
        content: "The text is shown",
        trigger:
            ".modal .o_field_widget[name=preview]:contains('thank you for writing')",
    },
    {
        content: "Keep the step",
        trigger: ".modal .o_form_button_save",
        run: "click",
    },
    {
        content: "It reads as a sentence",
        trigger:
            "body:not(:has(.modal)) .o_kala_steps .o_data_row:contains('the customer by SMS')",
    },
    {content: "Save", trigger: ".o_form_button_save", run: "click"},
    {content: "It is saved", trigger: ".o_form_saved"},
    {
        content: "What would it have done?",
        trigger: "button[name=action_dry_run]",
        run: "click",
    },
    {
        content: "Somebody would have got a message",
        trigger: ".o_field_widget[name=dry_summary]:contains('1 messages')",
    },
    {content: "Start it", trigger: ".o_kala_start", run: "click"},
    {content: "It runs", trigger: ".o_kala_stop"},
]);

/** AU7: three steps; one has left, two wait on the record. */
addTour("kala_comm_sequence_waits", () => [
    {
        content: "Open what waits",
        trigger: "button[name=action_kala_waiting_steps]:contains('2')",
        run: "click",
    },
    {
        content: "Both wait",
        trigger: ".o_list_view:has(.o_data_row:nth-child(2)):contains('wait 2 days')",
    },
]);

/** AU7: the customer answers (the sandbox plays him). */
addTour("kala_comm_sequence_answer", () => [
    {
        content: "His number",
        trigger: ".modal .o_field_widget[name=number] input",
        run: "edit +972502345671",
    },
    {
        content: "His answer",
        trigger: ".modal .o_field_widget[name=text] textarea",
        run: "edit Yes, please come",
    },
    {
        content: "Receive it",
        trigger: ".modal footer button[name=action_receive]",
        run: "click",
    },
    {content: "It came", trigger: "body:not(:has(.modal))"},
]);

/** AU7: nothing waits any more, and the log says why. */
addTour("kala_comm_sequence_ended", () => [
    {content: "Look at its log", trigger: "button[name=action_open_log]", run: "click"},
    {
        content: "One has left, two are cancelled",
        trigger:
            ".o_list_view:has(.o_data_row:contains('Queued')):has(.o_data_row:contains('Cancelled'):contains('The contact answered'))",
    },
]);

/** AU3: the log of a rule that fired, and its stop. */
addTour("kala_comm_rule_log", () => [
    {content: "Look at its log", trigger: "button[name=action_open_log]", run: "click"},
    {
        content: "The lead was written to",
        trigger: ".o_list_view .o_data_row:contains('Bathroom'):contains('Queued')",
    },
    {content: "Back", trigger: ".o_back_button", run: "click"},
    {content: "Stop it", trigger: ".o_kala_stop", run: "click"},
    {content: "It is stopped", trigger: ".o_kala_start"},
]);

/** AU7: the steps that wait stand on the record, and are cancelled there. */
addTour("kala_comm_waiting_steps", () => [
    {
        content: "Open what waits",
        trigger: "button[name=action_kala_waiting_steps]:contains('2')",
        run: "click",
    },
    {
        content: "Cancel the first step",
        trigger: ".o_data_row:contains('wait 2 days') button[name=action_cancel]",
        run: "click",
    },
    {
        content: "The other one still waits",
        trigger:
            ".o_list_view:not(:contains('wait 2 days')) .o_data_row:contains('wait 1 day')",
    },
]);

/** EM4: add a sender, mistype its code, type it. */
addTour("kala_comm_sender", () => [
    {
        content: "Type the address",
        trigger: text("email"),
        run: "edit office@our.example.com",
    },
    {content: "Save", trigger: ".o_form_button_save", run: "click"},
    {content: "It is saved", trigger: ".o_form_saved"},
    {
        content: "Have a code mailed",
        trigger: "button[name=action_send_code]",
        run: "click",
    },
    {content: "Mistype it", trigger: ".modal [name=code] input", run: "edit 000000"},
    {
        content: "Confirm",
        trigger: ".modal button[name=action_confirm]",
        run: "click",
    },
    {
        content: "It says how many tries are left",
        trigger: ".modal .o_field_widget[name=notice]:contains('tries left: 4')",
    },
    {content: "Type it", trigger: ".modal [name=code] input", run: "edit 123456"},
    {
        content: "Confirm",
        trigger: ".modal button[name=action_confirm]",
        run: "click",
    },
    {
        content: "It is verified",
        trigger:
            "body:not(:has(.modal)) .o_statusbar_status .o_arrow_button_current:contains('Verified')",
    },
]);

/** EM6: one that a rule uses stays, and the message names the rule. */
addTour("kala_comm_sender_in_use", () => [
    {
        content: "Remove it",
        trigger: "button[name=action_open_remove]",
        run: "click",
    },
    {
        content: "Type the word",
        trigger: ".modal [name=word] input",
        run: "edit remove",
    },
    {
        content: "Remove it",
        trigger: ".modal button[name=action_remove]",
        run: "click",
    },
    {
        content: "It says which rule uses it",
        trigger: ".modal:contains('cannot be removed'):contains('Greeting')",
    },
]);
