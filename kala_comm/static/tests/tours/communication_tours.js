import {OPEN_CONVERSATION, addTour} from "@kala_comm/../tests/tours/add_tour";
import {stepUtils} from "@web_tour/tour_utils";

/** AD2, NO1, NO2: what a customer would write comes in, tells the responsible and opens its lead. */
addTour("kala_comm_simulate", () => [
    {
        content: "The form to simulate is open",
        trigger: ".modal .o_field_widget[name=number] input",
        run: "edit 050-234-5678",
    },
    {
        content: "Write what the customer would write",
        trigger: ".modal .o_field_widget[name=text] textarea",
        run: "edit When do you come? <b>Dana</b>",
    },
    {
        content: "Receive it",
        trigger: ".modal footer button[name=action_receive]",
        run: "click",
    },
    {
        content: "The card shows the record, the number and the customer",
        trigger:
            ".o_kala_incoming_card:has(.o_kala_incoming_record:contains('Kitchen')):has(.o_kala_incoming_number:contains('050-234-5678')):has(.o_kala_incoming_customer:contains('Dana Levi'))",
    },
    {
        content: "The text is shown as it was written, not as HTML",
        trigger: ".o_kala_incoming_text:contains('<b>Dana</b>'):not(:has(b))",
    },
    {
        content: "A click opens the record",
        trigger: ".o_kala_incoming_card:contains('When do you come?')",
        run: "click",
    },
    {
        content: "It is the lead",
        trigger:
            ".o_form_view:has(.o_field_widget[name=name] textarea:value('Kitchen'))",
    },
    OPEN_CONVERSATION,
    {
        content: "The message is in its conversation",
        trigger: ".o_kala_bubble:contains('When do you come?')",
    },
    {
        content: "The card is gone",
        trigger: "body:not(:has(.o_kala_incoming_card))",
    },
]);

/** LO4, DE1: a message comes in while the lead is open, is answered, and "Delivered" appears. */
addTour("kala_comm_answer", () => [
    OPEN_CONVERSATION,
    {
        content: "The message is in the conversation",
        trigger: ".o_kala_bubble:contains('Monday')",
    },
    {
        content: "The answer goes the way it came",
        trigger: ".o_kala_answer .o_kala_channel:contains('WhatsApp')",
    },
    {
        content: "Write",
        trigger: ".o_kala_answer textarea",
        run: "edit Yes, at nine.",
    },
    {
        content: "Send",
        trigger: ".o_kala_answer .o_kala_send:enabled:contains('Send')",
        run: "click",
    },
    {
        content: "It was delivered, and the bubble says so by itself",
        trigger:
            ".o_kala_out .o_kala_bubble:contains('at nine'):has(.fa[title='Delivered'])",
    },
    {
        content: "The box is empty again",
        trigger: ".o_kala_answer:not(:has(.o_kala_count))",
    },
]);

/** SE1: a button of the form opens the box on its channel. */
addTour("kala_comm_button_opens_box", () => [
    {
        content: "Write on WhatsApp",
        trigger: "button[name=action_kala_compose]:contains('WhatsApp')",
        run: "click",
    },
    {
        content: "The box is open on it, and no dialog",
        trigger:
            "body:not(:has(.modal)) .o_kala_answer .o_kala_channel:contains('WhatsApp')",
    },
    {
        content: "Write on SMS instead",
        trigger: "button[name=action_kala_compose]:contains('SMS')",
        run: "click",
    },
    {
        content: "The box follows",
        trigger: ".o_kala_answer .o_kala_channel:contains('SMS')",
    },
]);

/** WA1: react to a message where it stands, then answer it: the answer quotes it. */
addTour("kala_comm_react_and_reply", () => [
    OPEN_CONVERSATION,
    {
        content: "Open what one may do with the message",
        trigger: ".o_kala_bubble:contains('Monday') .o_kala_more",
        run: "click",
    },
    {
        content: "Choose a reaction",
        trigger: ".o_kala_bubble_menu .dropdown-item:contains('❤')",
        run: "click",
    },
    {
        content: "It is seen on its message, and no line of its own",
        trigger:
            ".o_kala_lines:not(:has(.o_kala_row ~ .o_kala_row)) .o_kala_reaction:contains('❤')",
    },
    {
        content: "Open it again",
        trigger: ".o_kala_bubble:contains('Monday') .o_kala_more",
        run: "click",
    },
    {
        content: "Reply",
        trigger: ".o_kala_bubble_menu .dropdown-item:contains('Reply')",
        run: "click",
    },
    {
        content: "The message is quoted",
        trigger: ".o_kala_answer .o_kala_quoted:contains('Can you come on Monday?')",
    },
    {
        content: "Write",
        trigger: ".o_kala_answer textarea",
        run: "edit Yes, at nine.",
    },
    {
        content: "Send",
        trigger: ".o_kala_answer .o_kala_send:enabled",
        run: "click",
    },
    {
        content: "It is there, with the quote",
        trigger:
            ".o_kala_out .o_kala_bubble:contains('at nine'):has(.o_kala_quoted):has(.fa[title='Delivered'])",
    },
]);

/** MA9: a message on the wrong record is attached to the right one in two clicks. */
addTour("kala_comm_reattach", () => [
    {
        content: "Attach the message elsewhere",
        trigger: "button[name=action_open_reattach]",
        run: "click",
    },
    {
        content: "The other lead of the customer is offered",
        trigger: ".modal .o_data_row:contains('Bathroom') button[name=action_attach]",
        run: "click",
    },
    {
        content: "It is there now",
        trigger:
            "body:not(:has(.modal)) .o_field_widget[name=record_name]:contains('Bathroom')",
    },
]);

/** DE4: a failed message says why, and is sent again where it stands. */
addTour("kala_comm_resend", () => [
    OPEN_CONVERSATION,
    {
        content: "It failed, and says why",
        trigger: ".o_kala_bubble.o_kala_failed:contains('Offer'):contains('not now')",
    },
    {
        content: "Send it again",
        trigger:
            ".o_kala_bubble:contains('Offer') .o_kala_remedy:contains('Send again')",
        run: "click",
    },
    {
        content: "Now it arrived",
        trigger: ".o_kala_bubble:contains('Offer'):has(.fa[title='Delivered'])",
    },
]);

/** ST4: the badge stands beside the leads menu. NO3: the page to test one's notifications. */
addTour("kala_comm_badge_and_test_page", () => [
    {
        content: "The live connection is open",
        trigger: ".o_kala_check[data-check=connection][data-state=good]",
    },
    {
        content: "Send a test",
        trigger: ".o_kala_send_test",
        run: "click",
    },
    {
        content: "It came back over the websocket",
        trigger: ".o_kala_incoming_record:contains('Test notification')",
    },
    {
        content: "The page says so",
        trigger: ".o_kala_test_result:contains('It arrived')",
    },
    stepUtils.showAppsMenuItem(),
    {
        content: "The number of new leads beside the menu",
        trigger:
            ".o_app[data-menu-xmlid='crm.crm_menu_root'] .o_kala_lead_badge:contains('2')",
    },
]);
