import {addTour} from "@kala_comm/../tests/tours/add_tour";

/** LO5: a busy day is one square of the calendar; it says how many more there are. */
addTour("kala_comm_report_calendar", () => [
    {
        content: "The month shows a few of forty messages, and how many more there are",
        trigger: ".o_calendar_view .fc-dayGridMonth-view .fc-daygrid-more-link",
        run: "click",
    },
    {
        content: "All of the day are in one list",
        trigger: ".fc-popover .fc-event:contains('Message 39')",
    },
    {
        content: "A message of it",
        trigger: ".fc-popover .fc-event:contains('Message 0')",
    },
]);
