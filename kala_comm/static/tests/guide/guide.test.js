import {expect, test} from "@odoo/hoot";
import {animationFrame, Deferred} from "@odoo/hoot-mock";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {contains, mountWithCleanup, onRpc} from "@web/../tests/web_test_helpers";
import {ConnectionGuide} from "@kala_comm/guide/guide";

defineMailModels();

const FIELD = {
    name: "api_url",
    type: "char",
    label: "Address",
    help: "",
    is_secret: false,
    is_required: true,
    is_set: false,
    value: "",
    options: [],
};
const FACTS = {
    id: 1,
    name: "Gateway",
    label: "Gateway",
    state: "draft",
    reason: "",
    steps: [
        {
            text: "Enter it.",
            link: "",
            link_words: "",
            asks_line: false,
            fields: [FIELD],
            copies: [],
        },
    ],
    lines: [],
    channels: [{code: "sms", label: "SMS", is_phone: true, is_email: false}],
    warning: "",
    test: {address: ""},
};

test("AD1: who leaves a field by pressing Connect gets both, one after the other", async () => {
    const saved = new Deferred();
    onRpc("kala.connection", "*", async ({method, args}) => {
        expect.step([method, ...args.slice(1)]);
        if (method === "guide_save") {
            await saved;
        }
        return {...FACTS, faults: []};
    });
    await mountWithCleanup(ConnectionGuide, {
        props: {action: {params: {connection: 1}}, actionId: 1},
    });
    await contains("input#o_kala_guide_api_url").edit("https://gateway.example.com", {
        confirm: "blur",
    });
    await contains(".o_kala_guide_connect:enabled").click();
    await animationFrame();
    const kept = ["guide_save", {api_url: "https://gateway.example.com"}];
    expect.verifySteps([["guide_facts"], kept]);
    expect(".o_kala_guide_connect:disabled").toHaveCount(1);
    saved.resolve();
    await animationFrame();
    await animationFrame();
    expect.verifySteps([["guide_connect"]]);
    expect(".o_kala_guide_connect:enabled").toHaveCount(1);
});
