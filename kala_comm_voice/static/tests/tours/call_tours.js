import {OPEN_CONVERSATION, addTour} from "@kala_comm/../tests/tours/add_tour";
import {stepUtils} from "@web_tour/tour_utils";

/** Tell Odoo about a call as a telephone system does. */
async function telephone(event) {
    const answer = await fetch("/kala/webhook/telephone-of-the-tours", {
        method: "POST",
        headers: {"Content-Type": "application/json"},
        body: JSON.stringify({did: "+97237654321", from: "0502345678", ...event}),
    });
    if (!answer.ok) {
        throw new Error(`The webhook answered ${answer.status}.`);
    }
}

const CONNECTED = {
    content: "The live connection is open",
    trigger: ".o_kala_check[data-check=connection][data-state=good]",
};

const CARD = ".o_kala_incoming_card[data-channel=voice]";

/** NO2, VO2: a call rings, the card says who and about what, a click opens the record. */
addTour("kala_comm_voice_ringing", () => [
    CONNECTED,
    {
        content: "Somebody calls",
        trigger: "body",
        run: () => telephone({call_id: "R1", event: "ringing"}),
    },
    {
        content: "The card names the record and the number",
        trigger: `${CARD}:has(.o_kala_incoming_record:contains('Kitchen')):has(.o_kala_incoming_number:contains('050-234-5678'))`,
    },
    {
        content: "It rings",
        trigger: `${CARD} .o_kala_ringing`,
    },
    {
        content: "It names the customer and the latest lead",
        trigger: `${CARD}:has(.o_kala_incoming_customer:contains('Dana Levi')):has(.o_kala_incoming_subject:contains('Bathroom'))`,
    },
    {
        content: "A click opens the record",
        trigger: CARD,
        run: "click",
    },
    {
        content: "It is the lead",
        trigger:
            ".o_form_view:has(.o_field_widget[name=name] textarea:value('Kitchen'))",
    },
    OPEN_CONVERSATION,
    {
        content: "The call is in its conversation",
        trigger: ".o_kala_call:contains('Incoming call')",
    },
    {
        content: "The call is given up: the lead says so by itself",
        trigger: "body",
        run: () => telephone({call_id: "R1", event: "cdr", status: "NO ANSWER"}),
    },
    {
        content: "It was missed",
        trigger: ".o_kala_call:contains('Missed call'):contains('Call back')",
    },
]);

/** TA1, TA3, TA4: a missed call is a task until somebody has called back. */
addTour("kala_comm_voice_call_back", () => [
    CONNECTED,
    stepUtils.showAppsMenuItem(),
    {
        content: "Open the Inbox",
        trigger: ".o_app[data-menu-xmlid='kala_comm.menu_root']",
        run: "click",
    },
    {
        content: "Nothing waits yet",
        trigger: ".o_kala_inbox_tab[data-tab=missed][data-count='0']",
    },
    {
        content: "Somebody calls, and nobody answers",
        trigger: "body",
        run: () => telephone({call_id: "M1", event: "cdr", status: "NO ANSWER"}),
    },
    {
        content: "A missed call waits; the list opens",
        trigger: ".o_kala_inbox_tab[data-tab=missed][data-count='1']",
        run: "click",
    },
    {
        content: "The call is in its conversation",
        trigger: ".o_kala_inbox_row:contains('Kitchen')",
        run: "click",
    },
    {
        content: "The record is one click away",
        trigger: ".o_kala_inbox_shown .o_kala_call:contains('Missed call')",
    },
    {
        content: "Open it",
        trigger: ".o_kala_inbox_who:contains('Kitchen')",
        run: "click",
    },
    {
        content: "The task is on the lead",
        trigger:
            ".o_form_view:has(.o_field_widget[name=name] textarea:value('Kitchen')) .o-mail-Activity:contains('Missed')",
    },
    stepUtils.showAppsMenuItem(),
    {
        content: "Open the Inbox again",
        trigger: ".o_app[data-menu-xmlid='kala_comm.menu_root']",
        run: "click",
    },
    {
        content: "It still waits; nobody takes the call back",
        trigger: ".o_kala_inbox_tab[data-tab=missed][data-count='1']",
        run: () =>
            telephone({
                call_id: "M2",
                event: "cdr",
                direction: "out",
                status: "NO ANSWER",
                from: "100",
                to: "0502345678",
            }),
    },
    {
        content: "The second time it is answered",
        trigger: ".o_kala_inbox_tab[data-tab=missed][data-count='1']",
        run: () =>
            telephone({
                call_id: "M3",
                event: "cdr",
                direction: "out",
                status: "ANSWERED",
                talk_seconds: 40,
                from: "100",
                to: "0502345678",
            }),
    },
    {
        content: "Called back is done",
        trigger: ".o_kala_inbox_tab[data-tab=missed][data-count='0']",
    },
]);

/** The link beside a number shows while one is in its field. */
const CLICK_PHONE = [
    {
        content: "Go to the phone of the lead",
        trigger: ".o_field_widget[name=phone] input",
        run: "click",
    },
    {
        content: "Call",
        trigger: ".o_field_widget[name=phone] a.o_phone_form_link",
        run: "click",
    },
];

/** VO2: a click on a phone number rings one's own telephone. */
addTour("kala_comm_voice_click_to_call", () => [
    ...CLICK_PHONE,
    {
        content: "It says that one's own telephone rings",
        trigger: ".o_notification:contains('Your telephone rings')",
    },
]);

/** VO2: what the telephone system refuses is told, with what to do. */
addTour("kala_comm_voice_click_refused", () => [
    ...CLICK_PHONE,
    {
        content: "It says why",
        trigger: ".modal:contains('Extension is offline'):contains('dial by hand')",
    },
    {
        content: "Close it",
        trigger: ".modal-footer button",
        run: "click",
    },
]);
