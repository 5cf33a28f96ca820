import {addTour} from "@kala_comm/../tests/tours/add_tour";

const FORM = ".modal .o_form_view";

/** Choose in a list of a form; its words are in the language of whoever clicks. */
function chooses(content, field, option) {
    return [
        {content, trigger: `${FORM} [name=${field}] input`, run: "click"},
        {
            content: `${content}: the ${option + 1}. of the list`,
            trigger: `.o_select_menu_item:nth-of-type(${option + 1})`,
            run: "click",
        },
    ];
}

/** NO1, NO3: each kind in a way of its own, with a sound, and not in quiet hours. */
addTour("kala_comm_preferences", () => [
    {
        content: "The page to test them leads to the preferences",
        trigger: ".o_kala_notification_test .o_kala_preferences",
        run: "click",
    },
    {
        content: "What the company says stands where one chose nothing",
        trigger: `${FORM} .o_kala_ways [name=kala_notify_text] input[placeholder]`,
        run() {
            if (this.anchor.value || !this.anchor.placeholder.includes(":")) {
                throw new Error(`It says ${this.anchor.placeholder}.`);
            }
        },
    },
    ...chooses("E-mails: not at all", "kala_notify_email", 3),
    ...chooses("Calls: with a sound", "kala_sound_call", 0),
    {
        content: "Quiet hours",
        trigger: `${FORM} [name=kala_quiet] input`,
        run: "click",
    },
    {
        content: "They begin at half past nine in the evening",
        trigger: `${FORM} [name=kala_quiet_from] input`,
        run: "edit 21:30",
    },
    {
        content: "Calls are told all the same",
        trigger: `${FORM} [name=kala_quiet_calls] input`,
        run: "click",
    },
    {
        content: "Save",
        trigger: ".modal footer button[name=preference_save]",
        run: "click",
        // Odoo shows the page anew
        expectUnloadPage: true,
    },
    {
        content: "The page knows it: not everything is told",
        trigger: ".o_kala_check[data-check=choices][data-state=warning]",
    },
]);
