import {addTour} from "@kala_comm/../tests/tours/add_tour";

const day = (number) => `.o_kala_week_day[data-day='${number}']`;

/** WI1: hours of a week in the settings, without a look at Odoo's working schedules. */
addTour("kala_comm_week", () => [
    {
        content: "Texts leave at any time: give them hours",
        trigger: ".o_kala_week_begin",
        run: "click",
    },
    {
        content: "Monday begins at ten",
        trigger: `${day(0)} input:first`,
        run: "edit 10:00",
    },
    {
        content: "Tuesday has hours in the evening, too",
        trigger: `${day(1)} .o_kala_week_add`,
        run: "click",
    },
    {
        content: "They are proposed after the others",
        trigger: `${day(1)} .o_kala_week_range:nth-of-type(2)`,
    },
    {
        content: "Wednesday is closed",
        trigger: `${day(2)} .o_kala_week_remove`,
        run: "click",
    },
    {
        content: "Save",
        trigger: ".o_form_button_save",
        run: "click",
        expectUnloadPage: true,
    },
    {
        content: "The week is said in one line, with what it is now",
        trigger: ".o_kala_week_words:has(.o_kala_week_now)",
    },
]);
