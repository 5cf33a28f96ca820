import {OPEN_CONVERSATION, addTour} from "@kala_comm/../tests/tours/add_tour";

const BOX = ".o_kala_answer";

/** Files in the clipboard, as the browser gives them. */
function paste(el, names) {
    const data = new DataTransfer();
    for (const name of names) {
        data.items.add(new File(["text"], name, {type: "text/plain"}));
    }
    el.dispatchEvent(
        new ClipboardEvent("paste", {
            clipboardData: data,
            bubbles: true,
            cancelable: true,
        })
    );
}

/** The connection fails once. */
function failOnce() {
    const {send} = XMLHttpRequest.prototype;
    XMLHttpRequest.prototype.send = function () {
        XMLHttpRequest.prototype.send = send;
        setTimeout(() => this.dispatchEvent(new ProgressEvent("error")));
    };
}

/** LO2, SE3, SE5: the addresses, the files and "…" of an answer. */
addTour("kala_comm_answer_more", () => [
    OPEN_CONVERSATION,
    {
        content: "Who wrote here",
        trigger: `${BOX} .o_kala_channel`,
        run: "click",
    },
    {
        content: "That number is not on the card: save it",
        trigger: ".o_kala_save_address:contains('052-234-5678')",
        run: "click",
    },
    {
        content: "It says so",
        trigger: ".o_notification:contains('052-234-5678') .o_notification_close",
        run: "click",
    },
    {
        content: "The form shows it",
        trigger: "body:has(.o_field_widget[name=kala_phone2] input:value('522345678'))",
    },
    {
        content: "Too many files at once",
        trigger: `${BOX} textarea`,
        run({anchor}) {
            paste(
                anchor,
                Array.from({length: 300}, (_one, n) => `${n}.txt`)
            );
        },
    },
    {
        content: "They are refused",
        trigger: `.o_notification:contains('10') .o_notification_close`,
        run: "click",
    },
    {
        content: "One file",
        trigger: `${BOX}:not(:has(.o_kala_file, .o_kala_upload)) textarea`,
        run({anchor}) {
            paste(anchor, ["plan.txt"]);
        },
    },
    {
        content: "One that fails",
        trigger: `${BOX}:has(.o_kala_file:contains('plan.txt')) textarea`,
        run({anchor}) {
            failOnce();
            paste(anchor, ["again.txt"]);
        },
    },
    {
        content: "It can be tried again",
        trigger: `${BOX} .o_kala_upload:contains('again.txt') .o_kala_again`,
        run: "click",
    },
    {
        content: "It is there: look at what else there is",
        trigger: `${BOX}:has(.o_kala_file:contains('again.txt')):not(:has(.o_kala_upload)) .o_kala_answer_more`,
        run: "click",
    },
    {
        content: "By SMS, if it cannot arrive",
        trigger: ".o_kala_fallback:contains('SMS')",
        run: "click",
    },
    {
        content: "It says so; look again",
        trigger: `${BOX}:has(.o_kala_chosen:contains('SMS')) .o_kala_answer_more`,
        run: "click",
    },
    {
        content: "To a colleague",
        trigger: ".o_kala_other_to[data-kind=colleague]",
        run: "click",
    },
    {
        content: "Which one",
        trigger: `${BOX} .o_kala_colleague .o-autocomplete input`,
        run: "edit Colleague",
    },
    {
        content: "That one",
        trigger: `${BOX} .o_kala_colleague .o-autocomplete--dropdown-item a:contains('Colleague')`,
        run: "click",
    },
    {
        content: "It is to be sent to him",
        trigger: `${BOX} .o_kala_colleague:not(:has(.o-autocomplete--dropdown-item)) input:value(Colleague)`,
    },
    {
        content: "Write",
        trigger: `${BOX} textarea`,
        run: "edit Please answer them.",
    },
    {
        content: "Send",
        trigger: `${BOX} .o_kala_send:enabled`,
        run: "click",
    },
    {
        content: "It is in the conversation",
        trigger: ".o_kala_out .o_kala_bubble:contains('Please answer them.')",
    },
]);

/** TE5: a message of ours becomes a template. */
addTour("kala_comm_save_template", () => [
    OPEN_CONVERSATION,
    {
        content: "What may be done with the message",
        trigger: ".o_kala_out .o_kala_more",
        run: "click",
    },
    {
        content: "Save as template",
        trigger: ".o_kala_save_template",
        run: "click",
    },
    {
        content: "Text and title are there; another title",
        trigger:
            ".modal:has(.o_field_widget[name=body] textarea:value('We come at nine.')) .o_field_widget[name=name] input",
        run: "edit On our way",
    },
    {
        content: "Save",
        trigger: ".modal .o_form_button_save",
        run: "click",
    },
    {
        content: "Back in the conversation",
        trigger: "body:not(:has(.modal)) .o_kala_conversation",
    },
]);
