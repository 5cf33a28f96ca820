import {addTour} from "@kala_comm/../tests/tours/add_tour";

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
    {
        content: "Look for a template",
        trigger: ".o_kala_answer textarea",
        run: "edit /vis",
    },
    {
        content: "The one of e-mails",
        trigger: ".o_kala_templates li:contains('Visit')",
        run: "click",
    },
    {
        content: "Its text is there",
        trigger: ".o_kala_answer textarea:value('Hello Dana')",
    },
    {
        content: "It is counted as it stands there (SM3)",
        trigger: ".o_kala_answer .o_kala_count:contains('10 characters')",
    },
    {
        content: "So is its subject: edit it",
        trigger: ".o_kala_answer .o_kala_subject:value('About Kitchen')",
        run: "edit About your kitchen",
    },
    {
        content: "Send",
        trigger: ".o_kala_answer .o_kala_send:enabled:contains('Send')",
        run: "click",
    },
    {
        content: "It is in the conversation",
        trigger: ".o_kala_out .o_kala_mail:contains('About your kitchen')",
    },
]);
