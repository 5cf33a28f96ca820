import {addTour, isAccessible} from "./add_tour";

const PAGE = ".o_kala_dashboard_figures:not(.o_kala_loading)";

/** Look whether nothing of the page is wider than the window. */
const FITS = {
    content: "Nothing sticks out of the page",
    trigger: PAGE,
    run() {
        const page = document.querySelector(".o_kala_dashboard");
        if (page.scrollWidth > page.clientWidth + 1) {
            throw new Error(`It is ${page.scrollWidth} pixels wide`);
        }
    },
};

/** Back from a list, to the figures as they were. */
const BACK = [
    {
        content: "Back",
        trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item.o_back_button a",
        run: "click",
    },
    {content: "The figures are there again", trigger: PAGE},
];

/**
 * @param {String} value that the card says
 * @returns {Object[]} steps: a card, and the list that it opens
 */
function opens(value) {
    return [
        {
            content: "Open a figure",
            trigger: `${PAGE} [data-figure=incoming] button.o_kala_figure_value:contains(/^${value}$/)`,
            run: "click",
        },
        {
            content: "The list has as many records",
            trigger: `.o_list_view .o_data_row:count(${value}), .o_kanban_view .o_kanban_record:not(.o_kanban_ghost):count(${value})`,
        },
    ];
}

addTour("kala_comm_dashboard", () => [
    {content: "The charts are drawn", trigger: `${PAGE} .o_kala_chart canvas`},
    {
        content: "A chart says what it shows, to those who do not see it",
        trigger: `${PAGE} .o_kala_panel_wide canvas[aria-label*=": 3"]`,
    },
    FITS,
    isAccessible(".o_kala_dashboard"),
    {
        content: "The same as a table",
        trigger: `${PAGE} .o_kala_panel_wide .o_kala_as_table`,
        run: "click",
    },
    {
        content: "The figures of each day",
        trigger: `${PAGE} .o_kala_chart_table tbody button:count(3)`,
    },
    FITS,
    isAccessible(".o_kala_dashboard"),
    {
        content: "Open what came on a day, with the keyboard",
        trigger: `${PAGE} .o_kala_chart_table tbody button:first`,
        async run({anchor, press}) {
            anchor.focus();
            await press("Enter");
        },
    },
    {
        content: "The list has the message of that day",
        trigger:
            ".o_list_view .o_data_row:count(1), .o_kanban_view .o_kanban_record:not(.o_kanban_ghost):count(1)",
    },
    ...BACK,
    ...opens(3),
    ...BACK,
    {
        content: "By line",
        trigger: ".o_kala_dashboard_table button[data-group=line]",
        run: "click",
    },
    {
        content: "The table has lines",
        trigger: `${PAGE} .o_kala_dashboard_table button[data-group=line].btn-primary`,
    },
    {
        content: "Sort by failures",
        trigger: `${PAGE} .o_kala_dashboard_table button[data-column=failed]`,
        run: "click",
    },
    {
        content: "It is sorted",
        trigger:
            ".o_kala_dashboard_table th[aria-sort=descending] button[data-column=failed]",
    },
    {
        content: "Seven days",
        trigger: "button[data-period=week]",
        run: "click",
    },
    {
        content: "Fewer messages",
        trigger: `${PAGE} [data-figure=incoming] .o_kala_figure_value:contains(/^2$/)`,
    },
    {
        content: "Who was not answered",
        trigger: `${PAGE} [data-figure=asked] button[data-opens=unanswered]`,
        run: "click",
    },
    {
        content: "One question without an answer",
        trigger:
            ".o_list_view .o_data_row:count(1), .o_kanban_view .o_kanban_record:not(.o_kanban_ghost):count(1)",
    },
    ...BACK,
    {
        content: "The period was kept",
        trigger: "button[data-period=week].btn-primary",
    },
    {
        content: "A period of one's own",
        trigger: "button[data-period=custom]",
        run: "click",
    },
    {
        content: "From",
        trigger: "input[name=first]",
        run({anchor}) {
            setDate(anchor, "2020-01-01");
        },
    },
    {
        content: "To",
        trigger: "input[name=last]",
        run({anchor}) {
            setDate(anchor, "2019-01-01");
        },
    },
    {
        content: "It says what is wrong",
        trigger: ".o_kala_dashboard_filters .alert-warning",
    },
    {
        content: "To a later day",
        trigger: "input[name=last]",
        run({anchor}) {
            setDate(anchor, "2020-01-31");
        },
    },
    {
        content: "There is nothing",
        trigger: `${PAGE} .o_kala_dashboard_empty`,
    },
    {
        content: "Nothing is wrong any more",
        trigger: ".o_kala_dashboard_filters:not(:has(.alert-warning))",
    },
]);

function setDate(input, value) {
    input.value = value;
    input.dispatchEvent(new Event("change", {bubbles: true}));
}
