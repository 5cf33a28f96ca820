import {addTour, choose} from "@kala_comm/../tests/tours/add_tour";

/** WI4: the text of a scheduled message is changed before it leaves. */
addTour("kala_comm_change", () => [
    {
        content: "It waits",
        trigger: ".o_field_widget[name=state_words]:contains('Scheduled')",
    },
    {
        content: "Change it",
        trigger: "button[name=action_open_change]",
        run: "click",
    },
    {
        content: "Write another text",
        trigger: ".modal .o_field_widget[name=body] textarea",
        run: "edit We come at ten.",
    },
    {
        content: "Save",
        trigger: ".modal footer button[name=action_save]",
        run: "click",
    },
    {
        content: "It says the new text",
        trigger:
            "body:not(:has(.modal)) .o_field_widget[name=body]:contains('We come at ten.')",
    },
]);

/** SE1, SE3, TE1: an e-mail about a lead; the template's subject is proposed and edited. */
addTour("kala_comm_write_email", () => [
    {
        content: "The record has an e-mail address",
        trigger: "button[name=action_kala_compose]:contains('E-mail')",
        run: "click",
    },
    choose(
        "Choose the template of e-mails",
        ".modal .o_field_widget[name=template_id]",
        "Visit"
    ),
    {
        content: "Its text is there",
        trigger: ".modal .o_field_widget[name=body] textarea:value('Hello Dana')",
    },
    {
        content: "It is counted as it stands there (SM3)",
        trigger: ".modal .o_kala_count:contains('10 characters')",
    },
    {
        content: "So is its subject: edit it",
        trigger: ".modal .o_field_widget[name=subject] input:value('About Kitchen')",
        run: "edit About your kitchen",
    },
    {
        content: "Send",
        trigger: ".modal footer button[name=action_send]:contains('Send')",
        run: "click",
    },
    {
        content: "It is on the lead",
        trigger:
            "body:not(:has(.modal)) .o_field_widget[name=kala_communication_ids] .o_data_row:contains('About your kitchen')",
    },
]);

/** BR2: who gets it and who not is counted before; then the bar moves by itself. */
addTour("kala_comm_mass_send", () => [
    {
        content: "Count first",
        trigger: "button[name=action_check]",
        run: "click",
    },
    {
        content: "How many will, how many not and why, and when it ends",
        trigger:
            ".o_field_widget[name=check_summary]:contains('2 will get it'):contains('1 will not: the same address'):contains('it ends about')",
    },
    {
        content: "Send",
        trigger: "button[name=action_start]",
        run: "click",
    },
    {
        content: "Confirm",
        trigger: ".modal footer .btn-primary",
        run: "click",
    },
    {
        content: "It is complete without a reload",
        trigger:
            ".o_form_view:has(.o_field_widget[name=sent]:contains('2')) .o_field_widget[name=state] button[aria-checked=true]:contains('Done')",
    },
]);
