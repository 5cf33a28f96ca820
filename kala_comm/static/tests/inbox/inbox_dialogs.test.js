import {expect, test} from "@odoo/hoot";
import {animationFrame} from "@odoo/hoot-mock";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {
    contains,
    getService,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {MainComponentsContainer} from "@web/core/main_components_container";
import {user} from "@web/core/user";
import {AssignDialog} from "@kala_comm/inbox/inbox_dialogs";

defineMailModels();

const PEOPLE = ["Adam", "Dana", "Noa"].map((name, n) => ({id: 101 + n, name}));

test("TA5: whom one chose last stands first; who is offered is of one's companies", async () => {
    const companies = user.activeCompanies.map(({id}) => id);
    onRpc("res.users", "search_read", ({kwargs: {domain}}) => {
        expect.step(domain.map(([field]) => field).join(" "));
        expect(domain[1]).toEqual(["company_ids", "in", companies]);
        const [, operator, ids] = domain[3];
        return PEOPLE.filter(({id}) => ids.includes(id) === (operator === "in"));
    });
    const assigned = [];
    await mountWithCleanup(MainComponentsContainer);
    const open = async () => {
        getService("dialog").add(AssignDialog, {
            count: 1,
            assign: (id) => assigned.push(id),
        });
        await animationFrame();
    };
    await open();
    const asked = "share company_ids id id";
    expect.verifySteps([asked]);
    expect(".o_kala_to_colleague:eq(0)").toHaveText("Adam");
    await contains(".o_kala_to_colleague:contains(Noa)").click();
    await open();
    await contains(".o_kala_to_colleague:contains(Dana)").click();
    await open();
    expect.verifySteps([asked, asked, asked, asked]);
    expect(assigned).toEqual([103, 102]);
    for (const [n, name] of ["Dana", "Noa", "Adam"].entries()) {
        expect(`.o_kala_to_colleague:eq(${n})`).toHaveText(name);
    }
});
