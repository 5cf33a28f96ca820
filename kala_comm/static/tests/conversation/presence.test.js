import {after, expect, test} from "@odoo/hoot";
import {advanceTime, animationFrame} from "@odoo/hoot-mock";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {mountWithCleanup, onRpc} from "@web/../tests/web_test_helpers";
import {Component, useState, xml} from "@odoo/owl";
import {Presence} from "@kala_comm/conversation/presence";

defineMailModels();

const DANA = {id: 7, name: "Dana", writing: false};

/** A conversation on the screen. @returns {Object} calls: what was said; handle; place */
async function openPlace(others = []) {
    const calls = [];
    onRpc("kala.presence", "here", ({args}) => {
        calls.push(["here", args[1], args[3]]);
        return {others};
    });
    onRpc("kala.presence", "leave", ({args}) => {
        calls.push(["leave", args[1]]);
        return {others: []};
    });
    const handle = {};
    let place = null;
    class Around extends Component {
        static components = {Presence};
        static props = ["*"];
        static template = xml`<section style="position: relative"><Presence
            t-if="place.isOpen" model="'crm.lead'" resId="place.resId" handle="handle"/></section>`;
        setup() {
            this.handle = handle;
            place = this.place = useState({isOpen: true, resId: 1});
        }
    }
    await mountWithCleanup(Around);
    await animationFrame();
    return {calls, handle, place};
}

test("LO10: a sign each 20 seconds, one when writing begins, one when it ends", async () => {
    const {calls, handle, place} = await openPlace();
    expect(calls.splice(0)).toEqual([["here", 1, false]]);
    await advanceTime(19000);
    expect(calls.splice(0)).toEqual([]);
    await advanceTime(1000);
    expect(calls.splice(0)).toEqual([["here", 1, false]]);
    handle.write(true);
    handle.write(true);
    await advanceTime(5000);
    handle.write(true);
    await advanceTime(5000);
    expect(calls.splice(0)).toEqual([["here", 1, true]]);
    await advanceTime(3000);
    expect(calls.splice(0)).toEqual([["here", 1, false]]);
    place.resId = 2;
    await animationFrame();
    expect(calls.splice(0)).toEqual([
        ["leave", 1],
        ["here", 2, false],
    ]);
    place.isOpen = false;
    await animationFrame();
    expect(calls.splice(0)).toEqual([["leave", 2]]);
    await advanceTime(60000);
    expect(calls).toEqual([]);
});

test("LO10: nobody is told of a conversation that nobody looks at", async () => {
    const {calls} = await openPlace();
    calls.splice(0);
    let isHidden = true;
    Object.defineProperty(document, "hidden", {
        configurable: true,
        get: () => isHidden,
    });
    after(() => delete document.hidden);
    await advanceTime(65000);
    expect(calls).toEqual([]);
    isHidden = false;
    document.dispatchEvent(new Event("visibilitychange"));
    await animationFrame();
    expect(calls).toEqual([["here", 1, false]]);
});

const WORDS = [
    [[], ""],
    [[DANA], "Dana has this open"],
    [[{...DANA, writing: true}], "Dana is writing…"],
    [
        [
            {...DANA, writing: true},
            {id: 8, name: "Noa"},
        ],
        "Dana is writing… · Noa has this open",
    ],
    [
        ["A", "B", "C", "D"].map((name, id) => ({id, name, writing: false})),
        "A, B, and 2 more have this open",
    ],
];
for (const [others, words] of WORDS) {
    test(`LO10: “${words}”`, async () => {
        await openPlace(others);
        const shown = document.querySelector(".o_kala_presence").textContent;
        expect(shown.replace(/[\u2068\u2069]/g, "").trim()).toBe(words);
    });
}
