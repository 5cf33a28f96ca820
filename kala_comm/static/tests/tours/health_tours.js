import {addTour} from "@kala_comm/../tests/tours/add_tour";

const SANDBOX = ".o_kanban_record:contains('Sandbox')";

/** WA5: what is wrong and how to mend it, a test message, and everything that failed once more. */
addTour("kala_comm_health", () => [
    {
        content: "A connection that does neither says so, with steps of its own",
        trigger:
            ".o_kanban_record:contains('Shop'):contains('The token has expired'):has(.o_kala_health_state:contains('Neither sends nor receives')):has(.o_kala_health_steps:contains('login'))",
    },
    {
        content: "One that only sends says so, and not what it is no matter of",
        trigger: `${SANDBOX}:has(.o_kala_health_state:contains('Sends, but does not receive')):has(.o_kala_health_steps:contains('webhook address')):not(:has(.o_kala_health_steps:contains('login')))`,
    },
    {
        content: "Send a test message",
        trigger: `${SANDBOX} button[name=action_test_message]`,
        run: "click",
    },
    {
        content: "It is on its way",
        trigger: ".o_notification:contains('On its way to')",
    },
    {
        content: "It arrived, and the page says so: the connection is in order",
        trigger: `${SANDBOX}:has(.o_kala_health_state:contains('In order')):has(.o_kala_health_test:contains('Delivered'))`,
    },
    {
        content: "Send again what failed meanwhile",
        trigger: `${SANDBOX} button[name=action_open_resend]:contains('1')`,
        run: "click",
    },
    {
        content: "Yes",
        trigger: ".modal footer button[name=action_resend]",
        run: "click",
    },
    {
        content: "It is on its way",
        trigger: ".o_notification:contains('on their way again: 1')",
    },
]);
