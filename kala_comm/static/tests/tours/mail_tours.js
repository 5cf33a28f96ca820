import {rpc} from "@web/core/network/rpc";
import {addTour, choose, isAccessible} from "@kala_comm/../tests/tours/add_tour";

const STEP = ".modal .o_kala_step";
const LIBRARY = ".modal .o_kala_library";
const TO = `${STEP} .o_kala_recipients`;
const TEXT_FORM = ".modal:not(:has(.o_kala_step)):not(:has(.o_kala_library))";
const text = (root, name) =>
    `${root} .o_field_widget[name=${name}] input, ${root} .o_field_widget[name=${name}] textarea`;

/** Choose one of a few words. */
const pick = (content, name, label) => [
    {
        content: `${content}: open the list`,
        trigger: `${STEP} .o_field_widget[name=${name}] .o_select_menu input`,
        run: "click",
    },
    {
        content,
        trigger: `.o_select_menu_menu .o_select_menu_item:contains('${label}')`,
        run: "click",
    },
];

const addStep = {
    content: "Add a step",
    trigger:
        ".o_kala_steps .o_field_x2many_list_row_add a, .o_kala_steps .o_field_x2many_list_row_add button",
    run: "click",
};

/** EM2: fields, with the link's name, and typed addresses: all by the keyboard. */
const recipients = [
    {content: "Whom it goes to", trigger: `${TO} input`, run: "edit contact"},
    {
        content: "Fields are offered with the link's name",
        trigger: `${TO} [role=option]:contains('Email (Contact)')`,
    },
    {content: "Choose it", trigger: `${TO} input`, run: "press Enter"},
    {
        content: "It is a chip",
        trigger: `${TO} .o_kala_path:contains('Email (Contact)')`,
    },
    {content: "A typed one, mistyped", trigger: `${TO} input`, run: "edit boss@"},
    {content: "Enter adds it", trigger: `${TO} input`, run: "press Enter"},
    {
        content: "It is red; take it off",
        trigger: `${TO} .o_kala_invalid:contains('boss@') button`,
        run: "click",
    },
    {
        content: "It is gone",
        trigger: `${TO}:not(:has(.o_kala_invalid))`,
    },
    {content: "Another", trigger: `${TO} input`, run: "edit boss@example.com"},
    {content: "A comma adds it", trigger: `${TO} input`, run: "press ,"},
    {
        content: "It is a chip, too",
        trigger: `${TO} .badge:contains('boss@example.com'):not(.o_kala_invalid)`,
    },
    {content: "One too many", trigger: `${TO} input`, run: "edit x@example.com"},
    {content: "Add it", trigger: `${TO} input`, run: "press Enter"},
    {
        content: "It is there",
        trigger: `${TO} .badge:contains('x@example.com')`,
    },
    {content: "Back to the field", trigger: `${TO} input`, run: "click"},
    {
        content: "Backspace takes the last one off",
        trigger: `${TO} input`,
        run: "press Backspace",
    },
    {
        content: "The others stay",
        trigger: `${TO}:not(:contains('x@example.com')):contains('boss@example.com'):has(.o_kala_path)`,
    },
];

const library = [
    {
        content: "Open the library",
        trigger: `${STEP} .o_kala_mail_library .o_kala_choose`,
        run: "click",
    },
    {
        content: "The basic ones",
        trigger: `${LIBRARY} [data-kind=basic]`,
        run: "click",
    },
    {
        content: "The designed ones",
        trigger: `${LIBRARY}:has([data-kind=basic].active) [data-kind=designed]`,
        run: "click",
    },
    {
        content: "One of them",
        trigger: `${LIBRARY} .o_kala_library_card:contains('Thank you for your request')`,
        run: "click",
    },
    {
        content: "It is shown, without scripts",
        trigger: `${LIBRARY} .o_kala_library_shown:has(h4:contains('Thank you for your request')) iframe[sandbox='']`,
    },
    choose("On a lead", `${LIBRARY} .o_kala_library_shown`, "Kitchen"),
    {
        content: "With its words",
        trigger: `${LIBRARY} .o_kala_library_shown iframe[srcdoc*='Kitchen']`,
    },
    ...["360", "1000"].flatMap((width) => [
        {
            content: `In ${width} pixels`,
            trigger: `${LIBRARY} button[data-width='${width}']`,
            run: "click",
        },
        {
            content: "It is as wide",
            trigger: `${LIBRARY} .o_kala_mail_frame iframe[style*='${width}px']`,
        },
    ]),
    {content: "Use it", trigger: ".modal .o_kala_use", run: "click"},
];

/** EM1–EM3: an e-mail step from nothing: recipients, sender, text from the library made one's own
 * and edited, preview in three widths, start. */
addTour("kala_comm_email_step", () => [
    {content: "Name the rule", trigger: text("body", "name"), run: "edit Greeting"},
    choose("About leads", ".o_field_widget[name=model_id]", "Lead"),
    addStep,
    ...pick("By e-mail", "channel", "E-mail"),
    ...pick("To addresses", "audience", "an address of the record"),
    ...recipients,
    {
        content: "The sender and its name are there already",
        trigger: `${STEP} .o_field_widget[name=from_name] input:value('Office')`,
    },
    ...library,
    isAccessible(`${STEP} .o_kala_recipients`),
    {
        content: "It is shown in the step",
        trigger: `body:not(:has(${LIBRARY})) ${STEP} .o_kala_mail_preview iframe[sandbox='']`,
    },
    {
        content: "Make it my own",
        trigger: `${STEP} .o_kala_edit:contains('Make It My Own')`,
        run: "click",
    },
    {
        content: "Write another subject",
        trigger: text(TEXT_FORM, "subject"),
        run: "edit We have got it",
    },
    {
        content: "Keep it",
        trigger: `${TEXT_FORM} .o_form_button_save`,
        run: "click",
    },
    {
        content: "The step has its subject",
        trigger: `body:not(:has(${TEXT_FORM})) ${STEP} .o_field_widget[name=preview_subject]:contains('We have got it')`,
    },
    {content: "It is ours now", trigger: `${STEP} .o_kala_edit:contains('Edit')`},
    {content: "Apply", trigger: ".modal .o_form_button_save", run: "click"},
    {
        content: "The step stands in the rule",
        trigger:
            "body:not(:has(.modal)) .o_kala_steps .o_data_row:contains('by E-mail')",
    },
    {content: "Save", trigger: ".o_form_button_save", run: "click"},
    {content: "It is saved", trigger: ".o_form_saved"},
    {content: "Start it", trigger: ".o_kala_start", run: "click"},
    {content: "It runs", trigger: ".o_kala_stop"},
]);

/** EM3: one in use stays, and the message names the rule; one that nobody uses goes. */
addTour("kala_comm_mail_library_delete", () => [
    {
        content: "Open the step",
        trigger: ".o_kala_steps .o_data_row .o_data_cell[name=sentence]",
        run: "click",
    },
    {
        content: "Open the library",
        trigger: `${STEP} .o_kala_mail_library .o_kala_choose`,
        run: "click",
    },
    {
        content: "It opens on what is used",
        trigger: `${LIBRARY}:has([data-kind=own].active) .o_kala_chosen:contains('Used')`,
    },
    {content: "Delete it", trigger: ".modal .o_kala_delete", run: "click"},
    {
        content: "Yes",
        trigger: ".modal:contains('gone for everybody') .btn-danger",
        run: "click",
    },
    {
        content: "It says which rule uses it",
        trigger:
            ".modal:contains('used by these rules'):contains('Greeting') .btn-primary",
        run: "click",
    },
    {
        content: "Another one",
        trigger: `${LIBRARY} .o_kala_library_card:contains('Spare')`,
        run: "click",
    },
    {
        content: "Delete it",
        trigger: `.modal:has(.o_kala_library h4:contains('Spare')) .o_kala_delete`,
        run: "click",
    },
    {
        content: "Yes",
        trigger: ".modal:contains('gone for everybody') .btn-danger",
        run: "click",
    },
    {
        content: "It is gone",
        trigger: `${LIBRARY}:not(:contains('Spare')) .o_kala_library_card:contains('Used')`,
    },
]);

/** EM2, AU3: the same form on a phone and in Hebrew; names of things, not words, lead the way. */
addTour("kala_comm_rule_any_screen", () => [
    {
        content: "The sentence stands there, nothing is wider than the screen",
        trigger: ".o_kala_sentence",
        run() {
            const page = document.documentElement;
            const sheet = document.querySelector(".o_form_sheet");
            if (
                page.scrollWidth > page.clientWidth ||
                sheet.scrollWidth > sheet.clientWidth
            ) {
                throw new Error(`wider than the screen: ${sheet.scrollWidth}`);
            }
        },
    },
    {
        content: "Open the step",
        trigger:
            ".o_kala_steps .o_data_row .o_data_cell, .o_kala_steps .o_kanban_record",
        run: "click",
    },
    {content: "Type an address", trigger: `${TO} input`, run: "edit boss@example.com"},
    {content: "Add it", trigger: `${TO} input`, run: "press Enter"},
    {
        content: "Addresses read from the left, whatever the language",
        trigger: `${TO} .badge[dir=ltr]:contains('boss@example.com')`,
    },
    {
        content: "Open the library",
        trigger: `${STEP} .o_kala_mail_library .o_kala_choose`,
        run: "click",
    },
    {
        content: "The designed ones",
        trigger: `${LIBRARY}:has([data-kind=own].active) [data-kind=designed]`,
        run: "click",
    },
    {
        content: "Choose one",
        trigger: `${LIBRARY}:has([data-kind=designed].active) .o_kala_library_card`,
        run: "click",
    },
    {
        content: "It is shown",
        trigger: `${LIBRARY} .o_kala_library_shown iframe`,
        run() {
            const shown = document.querySelector(".modal .o_kala_library");
            if (shown.scrollWidth > shown.clientWidth + 1) {
                throw new Error(
                    `the library is wider than its dialog: ${shown.scrollWidth}`
                );
            }
        },
    },
    {content: "Use it", trigger: ".modal .o_kala_use", run: "click"},
    {
        content: "The step shows it",
        trigger: `body:not(:has(${LIBRARY})) ${STEP} .o_kala_mail_preview iframe`,
    },
    {content: "Apply", trigger: ".modal .o_form_button_save", run: "click"},
    {
        content: "Save",
        trigger: "body:not(:has(.modal)) .o_form_button_save",
        run: "click",
    },
    {content: "It is saved", trigger: ".o_form_saved"},
]);

const ask = (model, method, args, kwargs = {}) =>
    rpc(`/web/dataset/call_kw/${model}/${method}`, {model, method, args, kwargs});

/** The e-mail in a frame of some width, as the browser lays it out.
 *
 * @returns {Document} */
async function laidOut(html, width) {
    const frame = document.createElement("iframe");
    frame.style.cssText = `position:fixed;top:0;left:0;width:${width}px;height:900px;border:0`;
    frame.srcdoc = html;
    const loaded = new Promise((resolve) => frame.addEventListener("load", resolve));
    document.body.append(frame);
    await loaded;
    return frame;
}

/** EM3: each e-mail of the library, on a lead, in three widths and both directions: nothing is
 * wider than the screen, no placeholder is left, and the text begins on its language's side. */
const layOutLibrary = (lang, direction) => ({
    content: `The library in ${lang}`,
    trigger: ".o_web_client",
    async run() {
        const context = {lang};
        const templates = await ask(
            "kala.template",
            "search_read",
            [[["library", "!=", false]], ["name"]],
            {context}
        );
        const [lead] = await ask("crm.lead", "search", [[["name", "=", "Kitchen"]]]);
        const bad = templates.length < 11 ? ["the library is not whole"] : [];
        for (const {id, name} of templates) {
            const {html} = await ask("kala.template", "get_mail_preview", [[id]], {
                model: "crm.lead",
                res_id: lead,
                context,
            });
            for (const width of [360, 600, 1000]) {
                const frame = await laidOut(html, width);
                const page = frame.contentDocument;
                const wide = page.documentElement.scrollWidth;
                if (wide > width) {
                    bad.push(`${name}: ${wide} px in ${width} px`);
                }
                const words = page.querySelector("h1, h2, p, td");
                const side = frame.contentWindow.getComputedStyle(words).direction;
                if (side !== direction) {
                    bad.push(`${name}: ${side}`);
                }
                if (page.body.textContent.includes("{{")) {
                    bad.push(`${name}: a placeholder is left`);
                }
                frame.remove();
            }
        }
        if (bad.length) {
            throw new Error(bad.join("\n"));
        }
    },
});

addTour("kala_comm_mail_widths", () => [layOutLibrary("en_US", "ltr")]);
addTour("kala_comm_mail_widths_rtl", () => [layOutLibrary("he_IL", "rtl")]);
