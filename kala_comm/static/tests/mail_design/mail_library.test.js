import {expect, test} from "@odoo/hoot";
import {animationFrame, Deferred} from "@odoo/hoot-mock";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {
    contains,
    getService,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {WebClient} from "@web/webclient/webclient";
import {MailLibraryDialog} from "@kala_comm/mail_design/mail_library_dialog";

defineMailModels();

const DESIGNS = ["Letter", "Card"].map((name, n) => ({
    id: n + 1,
    name,
    subject: name,
    library: "designed",
    preview_html: "",
}));

/** @param {Function} preview of a design's id and a record's id: what the server answers */
async function openLibrary(preview, found = () => DESIGNS) {
    onRpc("kala.template", "search_read", ({kwargs}) => {
        const [field, operator] = kwargs.domain[4];
        return field === "library" && operator === "!=" ? found(kwargs.domain[5]) : [];
    });
    onRpc("kala.template", "read", ({args}) =>
        DESIGNS.filter(({id}) => args[0].includes(id))
    );
    onRpc("kala.template", "get_mail_preview", ({args, kwargs}) =>
        preview(args[0], kwargs.res_id)
    );
    await mountWithCleanup(WebClient);
    getService("dialog").add(MailLibraryDialog, {
        model: "res.partner",
        companyId: false,
        templateId: false,
        onChosen: () => {},
    });
    await animationFrame();
}

test("EM3: a preview that comes late shows no design that was left meanwhile", async () => {
    const first = new Deferred();
    let asked = 0;
    await openLibrary(async (id) => {
        const number = ++asked;
        if (number === 2) {
            await first;
        }
        return {subject: `${id}, asked as number ${number}`, html: "<head></head>"};
    });
    // The first card is asked for again, then the second one, then the first one once more.
    for (const n of [0, 1, 0]) {
        await contains(`.o_kala_library_card:eq(${n})`).click();
        await animationFrame();
    }
    expect(".o_kala_library_subject").toHaveText("1, asked as number 4");
    first.resolve();
    await animationFrame();
    expect(".o_kala_library_subject").toHaveText("1, asked as number 4");
    expect(".o_kala_chosen").toHaveText("Letter");
});

test("EM3: a list that comes late does not replace what was sought meanwhile", async () => {
    const slow = new Deferred();
    await openLibrary(
        (id) => ({subject: `${id}`, html: "<head></head>"}),
        async (named) => {
            const sought = named?.[2];
            if (sought === "Letter") {
                await slow;
            }
            return DESIGNS.filter(({name}) => !sought || name === sought);
        }
    );
    await contains("input[type=search]").edit("Letter", {confirm: "blur"});
    await contains("input[type=search]").edit("Card", {confirm: "blur"});
    await animationFrame();
    slow.resolve();
    await animationFrame();
    expect(".o_kala_library_card").toHaveCount(2);
});
