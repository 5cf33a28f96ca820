import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {beforeEach, describe, expect, test} from "@odoo/hoot";
import {
    click,
    manuallyDispatchProgrammaticEvent,
    queryAllTexts,
    queryOne,
} from "@odoo/hoot-dom";
import {animationFrame} from "@odoo/hoot-mock";
import {mountWithCleanup, onRpc} from "@web/../tests/web_test_helpers";
import {Bubble} from "@kala_comm/conversation/bubble";
import {changeOf, lineOf} from "./lines.helper";

describe.current.tags("desktop");
defineMailModels();

const done = [];
beforeEach(() => done.splice(0));

function show(line, props = {}) {
    const note =
        (name) =>
        (...args) =>
            done.push([name, ...args]);
    return mountWithCleanup(Bubble, {
        props: {
            line,
            mayWrite: true,
            onAct: note("act"),
            onJump: note("jump"),
            onOpenRecord: note("open"),
            onQuote: note("quote"),
            onReact: note("react"),
            onTemplate: note("template"),
            ...props,
        },
    });
}

test("LO4: each state of a message of ours, as it is seen", async () => {
    const cases = [
        ["scheduled", ".o_kala_waiting .fa-clock-o[aria-label=Scheduled]"],
        ["sent", ".o_kala_bubble .fa-check[aria-label=Sent]"],
        ["delivered", ".o_kala_two_ticks[aria-label=Delivered]"],
        ["read", ".o_kala_two_ticks.o_kala_read[aria-label=Read]"],
        ["failed", ".o_kala_failed .fa-exclamation-triangle[aria-label=Failed]"],
        ["unknown", ".o_kala_unsure .fa-question-circle"],
        ["cancelled", ".o_kala_gone .fa-ban[aria-label=Cancelled]"],
    ];
    for (const [n, [state]] of cases.entries()) {
        await show(lineOf({id: n + 1, side: "out", state}));
    }
    for (const [n, [, selector]] of cases.entries()) {
        expect(`[data-key=c${n + 1}].o_kala_out ${selector}`).toHaveCount(1);
    }
});

test("DE4: a failed message says why, and has its action in place", async () => {
    await show(
        lineOf({
            side: "out",
            state: "failed",
            failure_kind: "credit",
            failure: "No credit left.",
        })
    );
    expect(".o_kala_reason").toHaveText("No credit left.");
    await click(".o_kala_remedy");
    expect(done[0].slice(0, 2)).toEqual(["act", "action_resend"]);
});

test("DE4: a wrong address is mended where it stands", async () => {
    await show(lineOf({side: "out", state: "failed", failure_kind: "address"}));
    await click(".o_kala_remedy");
    await animationFrame();
    expect(".o_kala_mend input").toHaveValue("050-234-5678");
    await click(".o_kala_mend button");
    expect(done[0][1]).toBe("action_mend_address");
    expect(done[0][3]).toEqual(["050-234-5678"]);
});

test("LO2: what people write is a text, whatever it looks like", async () => {
    const body = "<b>bold</b> \u202Egnitirw {{x}}";
    const contact = "\u202Eevil";
    await show(lineOf({body, contact}), {contact, recordName: "\u202EKitchen"});
    expect(".o_kala_text").toHaveText(body);
    expect(".o_kala_text b").toHaveCount(0);
    expect(".o_kala_text").toHaveAttribute("dir", "auto");
    expect(queryOne(".o_kala_of bdi").textContent).toBe("\u202EKitchen");
    expect(queryOne(".o_kala_foot bdi").textContent).toBe("\u202Eevil");
});

test("LO2: 10,000 characters without a space are folded, and stay inside", async () => {
    await show(lineOf({body: "x".repeat(10000)}));
    expect(".o_kala_text.o_kala_clipped").toHaveCount(1);
    const {width} = queryOne(".o_kala_row").getBoundingClientRect();
    expect(queryOne(".o_kala_bubble").getBoundingClientRect().width <= width).toBe(
        true
    );
    await click(".o_kala_unfold");
    await animationFrame();
    expect(".o_kala_clipped").toHaveCount(0);
});

test("LO2: an e-mail opens in place, and its whole text is asked for then", async () => {
    onRpc("kala.communication", "whole_text", ({args}) => {
        expect.step(`whole ${args[0]}`);
        return "The whole text";
    });
    await show(
        lineOf({
            type: "email",
            channel: "email",
            subject: "Offer",
            body: "The who",
            is_folded: true,
        })
    );
    expect(".o_kala_folded").toHaveText("The who");
    expect.verifySteps([]);
    await click(".o_kala_unfold");
    await animationFrame();
    expect(".o_kala_text:not(.o_kala_folded)").toHaveText("The whole text");
    await click(".o_kala_unfold");
    await click(".o_kala_unfold");
    expect.verifySteps(["whole 1"]);
});

test("LO2: a picture that does not load shows its name; of 300 files some are shown", async () => {
    const files = [...Array(300).keys()].map((n) => ({
        id: n + 1,
        name: `file ${n + 1}`,
        mimetype: n ? "application/zip" : "image/png",
    }));
    await show(lineOf({files}));
    await manuallyDispatchProgrammaticEvent(queryOne(".o_kala_image img"), "error");
    await animationFrame();
    expect(".o_kala_image").toHaveCount(0);
    expect(queryAllTexts(".o_kala_file")[0]).toBe("file 1");
    expect(".o_kala_file").toHaveCount(12);
    await click(".o_kala_rest");
    await animationFrame();
    expect(".o_kala_file").toHaveCount(300);
});

test("LO2: a quote leads to its message; the other record's name to that record", async () => {
    await show(lineOf({quoted: {key: "c9", text: "When?"}}), {recordName: "S00029"});
    await click(".o_kala_quoted");
    expect(done[0]).toEqual(["jump", "c9"]);
    await click(".o_kala_of");
    expect(done[1][0]).toBe("open");
});

test("MA9: the records that competed are named, and lead there", async () => {
    await show(lineOf(), {others: [{model: "crm.lead", id: 8, name: "Bathroom"}]});
    expect(".o_kala_rivals").toHaveText("Also possible: Bathroom");
    await click(".o_kala_rivals button");
    expect(done[0]).toEqual(["open", {model: "crm.lead", res_id: 8}]);
});

test("LO2: reactions, edits, revokes, the ad it came from", async () => {
    await show(lineOf({reaction: "❤️", edited: true, ad: "Summer sale"}));
    await show(lineOf({id: 2, revoked: true, edited: true}));
    expect("[data-key=c1] .o_kala_reaction").toHaveText("❤️");
    expect("[data-key=c1] .o_kala_foot").toHaveText(/^Edited/);
    expect("[data-key=c1] .o_kala_ad").toHaveText("Summer sale");
    expect("[data-key=c2] .o_kala_gone").toHaveCount(1);
    expect("[data-key=c2] .o_kala_foot").toHaveText(/^Deleted by the sender/);
});

test("VO: a call is a chip; its recording is played in place", async () => {
    const call = {type: "call", channel: "voice"};
    await show(lineOf({...call, call_status: "missed"}));
    expect("[data-key=c1] .o_kala_call.text-danger").toHaveText(
        /^Missed call .*Call back$/
    );
    await show(
        lineOf({
            ...call,
            id: 2,
            call_status: "answered",
            duration: 312,
            recording_url: "/web/static/none.mp3",
        })
    );
    expect("[data-key=c2] .o_kala_call").toHaveText(/^Answered 5:12/);
    expect("audio").toHaveCount(0);
    await click("[data-key=c2] .o_kala_play");
    await animationFrame();
    expect("[data-key=c2] audio").toHaveAttribute("src", "/web/static/none.mp3");
    await manuallyDispatchProgrammaticEvent(queryOne("audio"), "error");
    await animationFrame();
    expect("[data-key=c2] a").toHaveText("Open the recording");
});

test("LO2: a change is a thin line", async () => {
    await show(changeOf(1, "2026-03-10 10:00:00"));
    expect(".o_kala_thin").toHaveText(/^Stage: New\s?Won · Sivan/);
});
