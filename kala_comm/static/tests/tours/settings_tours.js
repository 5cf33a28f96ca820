import {addTour} from "@kala_comm/../tests/tours/add_tour";

/** Words that people search for → the setting that they mean. */
const WORDS = [
    ["working hours", "Send window"],
    ["quiet hours", "Send window"],
    ["auto reply", "Texts and automatic messages"],
    ["missed call", "What makes a task"],
    ["stop", "Consent required"],
    ["opt out", "Consent required"],
    ["retry", "Trying again"],
    ["on duty", "If nobody was found"],
    ["webhook", "Connections and lines"],
];
const BOX = ".app_settings_block .o_setting_box";

/** AD1: the search of the settings finds by the words of those who search. */
addTour("kala_comm_settings_search", () =>
    WORDS.flatMap(([word, title]) => [
        {
            content: `Search for ${word}`,
            trigger: ".o_searchview_input",
            run: `edit ${word}`,
        },
        {
            content: `${title} is found`,
            trigger: `${BOX}:contains('${title}')`,
        },
        {
            content: "And not all there is",
            trigger: `.app_settings_block:not(:has(.o_setting_box:contains('Premium numbers')))`,
        },
    ])
);
