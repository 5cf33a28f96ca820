import {addTour, isAccessible} from "@kala_comm/../tests/tours/add_tour";
import {rpc} from "@web/core/network/rpc";

/** What somebody else does meanwhile, on this or on another computer. */
function call(model, method, args, kwargs = {}) {
    return rpc(`/web/dataset/call_kw/${model}/${method}`, {
        model,
        method,
        args,
        kwargs,
    });
}

async function receive(number, text) {
    const id = await call("kala.simulate", "create", [{number, text}]);
    await call("kala.simulate", "action_receive", [[id]]);
}

/** @returns {String} selector of the row of a customer */
const row = (name) => `.o_kala_inbox_row:contains('${name}')`;
const chosen = (name) => `.o_kala_inbox_row[aria-selected=true]:contains('${name}')`;
const noRow = (name) => `.o_kala_inbox_list:not(:has(${row(name)}))`;
const shown = (name) => `.o_kala_inbox_shown:not([inert]):contains('${name}')`;
/** One key, as one who has no pointer presses it. */
const press = (key, content, trigger) => ({content, trigger, run: `press ${key}`});

/** LO9: a queue is worked off without a pointer. */
addTour("kala_comm_inbox_keys", () => [
    {content: "Who waits longest is on the screen", trigger: shown("Ask of Dana")},
    press("j", "The next one", chosen("Dana")),
    {content: "Noa's question is there", trigger: shown("Ask of Noa")},
    press("k", "Back", chosen("Noa")),
    {content: "Dana's again", trigger: shown("Ask of Dana")},
    press("r", "Answer", chosen("Dana")),
    {
        content: "Write; the letters are letters",
        trigger: ".o_kala_answer textarea:focus",
        run: "edit Yes, jealous seagulx!",
    },
    press("ctrl+Enter", "Send", ".o_kala_answer textarea:focus"),
    {content: "The next one comes by itself", trigger: chosen("Noa")},
    {content: "Who was answered waits no more", trigger: noRow("Dana")},
    {content: "Noa's question", trigger: shown("Ask of Noa")},
    press("e", "Nothing to answer", ".o_kala_inbox_rows"),
    {content: "Done", trigger: noRow("Noa")},
    {content: "Omer's question", trigger: shown("Ask of Omer")},
    press("s", "Later", ".o_kala_inbox_rows"),
    press("Enter", "For an hour", ".o_kala_until:first:focus"),
    {content: "Put off", trigger: noRow("Omer")},
    {
        content: "Counted among what is put off",
        trigger: ".o_kala_inbox_tab[data-tab=put_off][data-count='1']",
    },
    {content: "The last one", trigger: shown("Ask of Rina")},
    press("g", "Its record", ".o_kala_inbox_rows"),
    {
        content: "It is the lead",
        trigger:
            ".o_form_view:has(.o_field_widget[name=name] textarea:value('Bathroom'))",
    },
    {
        content: "Back to the list",
        trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item.o_back_button a",
        run: "click",
    },
    {content: "The place in it was kept", trigger: chosen("Rina")},
    press("a", "Whose is it?", ".o_kala_inbox_rows"),
    {
        content: "A colleague's",
        trigger: ".o_kala_inbox_assign_dialog input",
        run: "edit Colleague",
    },
    {
        content: "Take him",
        trigger: ".o-autocomplete--dropdown-item:contains('Colleague')",
        run: "click",
    },
    {content: "Nobody waits for me", trigger: ".o_kala_inbox_rows .o_kala_inbox_empty"},
]);

/** LO9, TA5: several are given to somebody at once. */
addTour("kala_comm_inbox_several", () => [
    {
        content: "Two are nobody's",
        trigger: ".o_kala_inbox_tab[data-tab=unassigned][data-count='2']",
        run: "click",
    },
    {
        content: "Both are listed",
        trigger: `.o_kala_inbox_rows:has(${row("First")}):has(${row("Second")})`,
    },
    {
        content: "Select one",
        trigger: `${row("First")} .o_kala_avatar`,
        run: "click",
    },
    {
        content: "And the other one",
        trigger: `${row("Second")} .o_kala_avatar`,
        run: "click",
    },
    {
        content: "Assign both",
        trigger: ".o_kala_inbox_bulk:contains('2') .o_kala_bulk_assign",
        run: "click",
    },
    {
        content: "To the salesman",
        trigger: ".o_kala_inbox_assign_dialog input",
        run: "edit Salesman",
    },
    {
        content: "Take him",
        trigger: ".o-autocomplete--dropdown-item:contains('Salesman')",
        run: "click",
    },
    {
        content: "Nothing is nobody's any more",
        trigger: ".o_kala_inbox_tab[data-tab=unassigned][data-count='0']",
    },
    {content: "The page says so", trigger: ".o_kala_inbox_rows .o_kala_inbox_empty"},
]);

/** LO9: on any screen, in any language: the list, the answer, and back. */
addTour("kala_comm_inbox_anywhere", () => [
    {content: "Choose Noa", trigger: row("Noa"), run: "click"},
    {content: "Her question", trigger: shown("Ask of Noa")},
    {
        content: "Write",
        trigger: ".o_kala_inbox_shown .o_kala_answer textarea",
        run: "edit Yes, Noa.",
    },
    {
        content: "Send",
        trigger: ".o_kala_answer .o_kala_send:enabled",
        run: "click",
    },
    {content: "The next one", trigger: shown("Ask of Omer")},
]);

/** LO9: on a telephone the list and the conversation take turns; a finger selects. */
addTour("kala_comm_inbox_phone", () => [
    {content: "The list first", trigger: ".o_kala_inbox:not(.o_kala_talks)"},
    {content: "Choose Dana", trigger: row("Dana"), run: "click"},
    {content: "Her question", trigger: shown("Ask of Dana")},
    {content: "Back", trigger: ".o_kala_inbox_back:visible", run: "click"},
    {
        content: "Rest on her row",
        trigger: row("Dana"),
        async run() {
            this.anchor.dispatchEvent(new Event("touchstart", {bubbles: true}));
            await new Promise((resolve) => setTimeout(resolve, 900));
            this.anchor.dispatchEvent(new Event("touchend", {bubbles: true}));
            this.anchor.click();
        },
    },
    {
        content: "She is selected",
        trigger: `.o_kala_inbox_row.o_kala_picked:contains('Dana')`,
    },
    {content: "A tap selects another", trigger: row("Noa"), run: "click"},
    {
        content: "Both are done",
        trigger: ".o_kala_inbox_bulk:contains('2') .o_kala_bulk_done",
        run: "click",
    },
    {content: "They are gone", trigger: `${noRow("Dana")}:not(:has(${row("Noa")}))`},
]);

/** LO9, LO10: the world goes on while one writes. */
addTour("kala_comm_inbox_meanwhile", () => [
    {content: "Dana is on the screen", trigger: shown("Ask of Dana")},
    {
        content: "Begin an answer",
        trigger: ".o_kala_inbox_shown .o_kala_answer textarea",
        run: "edit I look it up",
    },
    {
        content: "Dana writes again, and somebody new does",
        trigger: ".o_kala_answer textarea:focus",
        async run() {
            await receive("050-234-5678", "Are you there?");
            await receive("054-999-1234", "I am new here");
        },
    },
    {content: "It is in the conversation", trigger: shown("Are you there?")},
    {
        content: "What was typed stays, and the cursor",
        trigger: ".o_kala_answer textarea:focus:value('I look it up')",
    },
    {
        content: "The new one is counted without a click",
        trigger: ".o_kala_inbox_tab[data-tab=unassigned][data-count='1']",
    },
    {
        content: "A colleague answers Noa",
        trigger: row("Noa"),
        async run() {
            const [id] = await call("crm.lead", "search", [[["name", "=", "Garden"]]]);
            await call("crm.lead", "kala_send", [[id], "sms"], {body: "Yes, Noa"});
        },
    },
    {content: "Noa waits no more", trigger: noRow("Noa")},
    {content: "Dana is still on the screen", trigger: `${chosen("Dana")}`},
    {
        content: "What was typed is still there",
        trigger: ".o_kala_answer textarea:value('I look it up')",
    },
    {
        content: "Go to Omer",
        trigger: row("Omer"),
        run: "click",
    },
    {content: "He is on the screen", trigger: shown("Ask of Omer")},
    {
        content: "Somebody deletes his lead",
        trigger: ".o_kala_inbox",
        async run() {
            const [id] = await call("crm.lead", "search", [[["name", "=", "Roof"]]]);
            await call("crm.lead", "unlink", [[id]]);
        },
    },
    {content: "He leaves the list", trigger: noRow("Omer")},
    {
        content: "The others are there, and one goes on",
        trigger: row("Rina"),
        run: "click",
    },
    {content: "Rina's question", trigger: shown("Ask of Rina")},
]);

/** LO9: a link opens one conversation, and the list is beside it. */
addTour("kala_comm_inbox_link", () => [
    {content: "The record of the link", trigger: shown("Ask of Omer")},
    {content: "The list beside it", trigger: row("Dana")},
    press("j", "Go on from there", chosen("Omer")),
    {content: "The one below", trigger: chosen("Rina")},
]);

addTour("kala_comm_inbox_is_accessible", () => [
    {content: "Choose Dana", trigger: row("Dana"), run: "click"},
    {content: "Her question", trigger: shown("Ask of Dana")},
    isAccessible(".o_kala_inbox"),
]);
