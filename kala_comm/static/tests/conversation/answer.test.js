import {beforeEach, describe, expect, test} from "@odoo/hoot";
import {click, queryAllTexts} from "@odoo/hoot-dom";
import {animationFrame} from "@odoo/hoot-mock";
import {reactive} from "@odoo/owl";
import {makeMockEnv, mountWithCleanup} from "@web/../tests/web_test_helpers";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {AnswerChoice} from "@kala_comm/conversation/answer_choice";
import {choiceOf} from "@kala_comm/conversation/answer_draft";
import {AnswerFileList, AnswerFiles} from "@kala_comm/conversation/answer_files";
import {AnswerChosen, AnswerMore} from "@kala_comm/conversation/answer_more";
import {countWordsOf, sendLabelOf} from "@kala_comm/conversation/answer_words";

describe.current.tags("desktop");
defineMailModels();

const chosen = [];
beforeEach(() => chosen.splice(0));
const onChoose = (values) => chosen.push(values);

/** What the server tells of an answer box. */
const factsOf = (values = {}) => ({
    channel: "whatsapp",
    channels: [
        {code: "sms", label: "SMS"},
        {code: "whatsapp", label: "WhatsApp"},
    ],
    addresses: [
        {id: 1, name: "050-234-5678", kind: "phone", value: "+972502345678"},
        {
            id: 2,
            name: "052-234-5678",
            kind: "phone",
            value: "+972522345678",
            may_save: true,
        },
        {id: 3, name: "Another number", kind: "other", value: ""},
        {id: 4, name: "A colleague", kind: "colleague", value: ""},
    ],
    address_id: 1,
    lines: [{id: 7, name: "Office"}],
    line_id: 7,
    files: [],
    takes_files: true,
    max_files: 3,
    documents: [{id: 9, name: "plan.pdf", is_chosen: false}],
    prints_document: true,
    with_document: false,
    fallback: false,
    fallbacks: [{code: "sms", label: "SMS"}],
    is_free: true,
    ...values,
});

test("LO2: the addresses that wrote, and which of them may go on the card", async () => {
    const saved = [];
    await mountWithCleanup(AnswerChoice, {
        props: {facts: factsOf(), onChoose, onSave: (row) => saved.push(row.name)},
    });
    await click(".o_kala_channel");
    await animationFrame();
    expect(queryAllTexts(".o_kala_address")).toEqual(["050-234-5678", "052-234-5678"]);
    expect(queryAllTexts(".o_kala_save_address")).toEqual(["052-234-5678"]);
    await click(".o_kala_save_address");
    expect(saved).toEqual(["052-234-5678"]);
});

test("SE3, SE5: “…” writes to somebody else, sends documents along, falls back", async () => {
    await mountWithCleanup(AnswerMore, {props: {facts: factsOf(), onChoose}});
    for (const item of [
        ".o_kala_other_to[data-kind=other]",
        ".o_kala_with_document",
        ".o_kala_document",
        ".o_kala_fallback",
    ]) {
        await click(".o_kala_answer_more");
        await animationFrame();
        await click(item);
        await animationFrame();
    }
    expect(chosen).toEqual([
        {address_id: 3},
        {with_document: true},
        {document_ids: [[4, 9]]},
        {fallback_channel: "sms"},
    ]);
});

test("SE3, SE5: what was chosen is said, and taken back", async () => {
    const facts = factsOf({
        with_document: true,
        documents: [{id: 9, name: "plan.pdf", is_chosen: true}],
        fallback: "sms",
    });
    await mountWithCleanup(AnswerChosen, {props: {facts, onChoose}});
    expect(queryAllTexts(".o_kala_chosen > span")).toEqual([
        "The order as PDF",
        "plan.pdf",
        "If it cannot arrive, by SMS",
    ]);
    for (const n of [1, 2, 3]) {
        await click(`.o_kala_chosen > span:nth-child(${n}) button`);
    }
    expect(chosen).toEqual([
        {with_document: false},
        {document_ids: [[3, 9]]},
        {fallback_channel: false},
    ]);
});

/** Uploads that the test ends. */
function filesOf(facts, notes = []) {
    const going = [];
    const uploads = {
        upload(_route, [file]) {
            const one = {id: going.length + 1, name: file.name, progress: 0.4};
            one.xhr = {status: 0, abort: () => (one.isAborted = true)};
            going.push(one);
            return Promise.resolve(one);
        },
    };
    const notification = {add: (words) => notes.push(words)};
    const attached = [];
    const files = new AnswerFiles(uploads, notification, reactive({rows: []}), {
        facts: () => facts,
        label: () => "WhatsApp",
        attach: (id) => attached.push(id),
    });
    return {files, going, attached, notes};
}
const fileOf = (name, size = 4) => ({name, size});

test("SE3: files are refused with a sentence", async () => {
    await makeMockEnv();
    const {files, notes, going} = filesOf(factsOf());
    files.add(Array.from({length: 300}, (_one, n) => fileOf(`${n}.txt`)));
    files.add([fileOf("film.mov", 65 * 1024 * 1024)]);
    filesOf(factsOf({takes_files: false}), notes).files.add([fileOf("a.txt")]);
    filesOf(factsOf({max_files: 1}), notes).files.add([fileOf("a"), fileOf("b")]);
    expect(notes.map(String)).toEqual([
        "WhatsApp takes 3 files with a message at most. Choose fewer.",
        "“film.mov” is too large. Choose a smaller file.",
        "WhatsApp takes no files. Choose another channel.",
        "WhatsApp takes one file with a message. Send the others by themselves.",
    ]);
    expect(going.length).toBe(0);
});

test("SE3: one file after the other; one that fails is tried again", async () => {
    const {files, going, attached} = filesOf(factsOf());
    files.add([fileOf("a.txt"), fileOf("b.txt")]);
    await animationFrame();
    expect(going.map(({name}) => name)).toEqual(["a.txt"]);
    going[0].xhr.responseText = JSON.stringify([{id: 51}]);
    await files.onLoaded(going[0]);
    await animationFrame();
    expect(attached).toEqual([51]);
    expect(going.map(({name}) => name)).toEqual(["a.txt", "b.txt"]);
    files.onFailed(going[1]);
    expect(files.isBusy).toBe(false);
    await mountWithCleanup(AnswerFileList, {
        props: {
            files: [{id: 51, name: "a.txt"}],
            rows: files.rows,
            uploads: files,
            onRemove: () => true,
        },
    });
    expect(".o_kala_file").toHaveText("a.txt");
    expect(".o_kala_upload").toHaveText(/b\.txt.*did not arrive/);
    await click(".o_kala_again");
    await animationFrame();
    expect(files.isBusy).toBe(true);
    expect(".o_kala_upload progress").toHaveValue(40);
    // The page of a login is no answer, though its status is 200.
    going[2].xhr.responseText = "<html/>";
    await files.onLoaded(going[2]);
    await animationFrame();
    expect(".o_kala_upload .o_kala_again").toHaveCount(1);
});

test("SE3: another answer gives up what was on its way", async () => {
    const {files, going} = filesOf(factsOf());
    files.add([fileOf("a.txt")]);
    await animationFrame();
    files.clear();
    expect(going[0].isAborted).toBe(true);
    expect(files.rows.length).toBe(0);
});

test("LO4: the button says what will happen", async () => {
    await makeMockEnv();
    const cases = [
        [factsOf(), {}, "Send"],
        [factsOf({is_free: false}), {}, "Template only"],
        [factsOf({is_free: false}), {changing: 3}, "Change"],
    ];
    for (const [facts, state, words] of cases) {
        expect(String(sendLabelOf(facts, state))).toBe(words);
    }
    expect(String(countWordsOf("👍"))).toBe("1 character");
});

test("LO10: what a draft keeps of the choice", () => {
    expect(choiceOf(factsOf({files: [{id: 5, name: "a"}], template: {id: 8}}))).toEqual(
        {
            channel: "whatsapp",
            line_id: 7,
            template_id: 8,
            contact_kind: "phone",
            contact_value: "+972502345678",
            colleague_id: undefined,
            attachment_ids: [5],
        }
    );
});
