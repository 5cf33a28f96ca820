import {addTour} from "@kala_comm/../tests/tours/add_tour";

const field = (name) => `.o_kala_guide_field[data-field=${name}] input`;

/**
 * AD1: Meta on one page. Three clicks (the provider, what it says of a wrong token, and once more)
 * and three fields.
 */
addTour("kala_comm_guide_meta", () => [
    {
        content: "Meta, of all providers",
        trigger: ".o_kala_guide_choice[data-provider=meta]",
        run: "click",
    },
    {
        content: "The address is there before anything is saved",
        trigger:
            ".o_kala_guide_copy[data-field=webhook_url] code:contains('/kala/webhook/')",
    },
    {
        content: "And the verify token",
        trigger: ".o_kala_guide_copy[data-field=webhook_token] code",
    },
    {
        content: "The app's secret",
        trigger: field("meta_app_secret"),
        run: "edit made-up-secret && press Tab",
    },
    {
        content: "It is kept",
        trigger: ".o_kala_guide_field[data-field=meta_app_secret] .fa-check",
    },
    {
        content: "A token, of which a piece is missing",
        trigger: field("meta_access_token"),
        run: "edit wrong && press Tab",
    },
    {
        content: "It is kept",
        trigger: ".o_kala_guide_field[data-field=meta_access_token] .fa-check",
    },
    {
        content: "The account",
        trigger: field("meta_waba_id"),
        run: "edit 419561257915477 && press Tab",
    },
    {
        content: "It is kept",
        trigger: ".o_kala_guide_field[data-field=meta_waba_id] .fa-check",
    },
    {
        content: "Connect",
        trigger: ".o_kala_guide_connect:enabled",
        run: "click",
    },
    {
        content: "Meta refuses the token, in a sentence",
        trigger:
            ".o_kala_guide_faults:contains('did not accept the login'):contains('Invalid OAuth access token')",
    },
    {
        content: "The whole token",
        trigger: field("meta_access_token"),
        run: "edit EAA-made-up && press Tab",
    },
    {
        content: "Connect",
        trigger: ".o_kala_guide_connect:enabled",
        run: "click",
    },
    {
        content: "It is connected, and has found its number",
        trigger:
            ".o_kala_guide_connect_step:has(.o_kala_guide_connected):has(.o_kala_guide_found:contains('Galil'))",
    },
    {
        content: "A test each way is offered",
        trigger: ".o_kala_guide_test:has(.o_kala_guide_in):has(.o_kala_guide_send)",
    },
]);
