import {addTour} from "@kala_comm/../tests/tours/add_tour";

/** @returns {String} selector of what is in a step */
const within = (key, what) => `.o_kala_first_step[data-step=${key}] ${what}`;
const click = (content, trigger) => ({content, trigger, run: "click"});
/** The first real choice of a list, in whatever language. */
const chooseFirst = (content, trigger) => ({
    content,
    trigger,
    run({anchor}) {
        anchor.value = anchor.options[1].value;
        anchor.dispatchEvent(new Event("change", {bubbles: true}));
    },
});
const done = (count) => ({
    content: `${count} done`,
    trigger: `.o_kala_first[data-done='${count}']`,
});

/**
 * AD1: from an empty company to the first message that was answered. One click or choice for each
 * step, two for the hours, and the answer: eleven in all.
 */
addTour("kala_comm_first_hour", () => [
    done(0),
    chooseFirst("The country", within("country", ".o_kala_first_country")),
    done(1),
    click("A line at once", within("line", ".o_kala_first_sandbox")),
    done(2),
    chooseFirst("Who gets what comes in", within("responsible", ".o_kala_first_user")),
    done(3),
    click("Not at night", within("window", ".o_kala_first_hours")),
    click("These hours will do", within("window", ".o_kala_first_save")),
    done(4),
    click("Whom to write to", within("consent", ".o_kala_first_everybody")),
    done(5),
    click("Somebody writes", within("message", ".o_kala_first_simulate")),
    click("Open it", within("message", ".o_kala_first_answer")),
    {
        content: "Answer",
        trigger: ".o_kala_inbox_shown .o_kala_answer textarea",
        run: "edit Yes, it is ready.",
    },
    click("Send", ".o_kala_inbox_shown .o_kala_answer .o_kala_send:enabled"),
    {
        content: "Everything is set up",
        trigger:
            ".o_kala_first[data-done='6']:not(:visible), .o_kala_first[data-done='6']",
    },
]);

/** AD1: each step can be left and found again. */
addTour("kala_comm_first_hour_found", () => [
    done(0),
    click("Fold them", ".o_kala_first_fold"),
    {
        content: "One line is left",
        trigger: ".o_kala_first:not(:has(.o_kala_first_step))",
    },
    click("Open them", ".o_kala_first_fold"),
    click("A later step first", within("consent", ".o_kala_first_title")),
    click("Ask who agreed", within("consent", ".o_kala_first_agreed")),
    done(1),
    click("Close them", ".o_kala_first_close"),
    {content: "They are gone", trigger: ".o_kala_inbox_page:not(:has(.o_kala_first))"},
    click(
        "The menu",
        ".o_menu_sections [data-menu-xmlid='kala_comm.menu_configuration']"
    ),
    click("First Steps", "[data-menu-xmlid='kala_comm.menu_first_hour']"),
    done(1),
]);

addTour("kala_comm_first_hour_not_his", () => [
    {
        content: "The Inbox alone",
        trigger: ".o_kala_inbox_list",
    },
    {
        content: "And nothing to set up",
        trigger: ".o_kala_inbox_page:not(:has(.o_kala_first))",
    },
]);
