import {expect, test} from "@odoo/hoot";
import {animationFrame, Deferred} from "@odoo/hoot-mock";
import {xml} from "@odoo/owl";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {contains, mountWithCleanup, onRpc} from "@web/../tests/web_test_helpers";
import {MailLibraryDialog} from "@kala_comm/mail_design/mail_library_dialog";

defineMailModels();

const DESIGNS = ["Letter", "Card"].map((name, n) => ({
    id: n + 1,
    name,
    subject: name,
    library: "designed",
    preview_html: "",
}));

/** The library without its sandboxed frames, into which the test runner may not look. */
class BareLibrary extends MailLibraryDialog {
    static template = xml`
        <div>
            <input type="search" t-on-change="seek"/>
            <button t-foreach="cards" t-as="row" t-key="row.id" class="o_card"
                t-on-click="() => this.show(row)" t-out="row.name"/>
            <h4 t-out="state.shown?.name"/>
            <p t-out="state.preview.subject"/>
        </div>`;
}

/**
 * @param {Function} preview of a design's id: what the server answers
 * @param {Function} found of the name that is sought: the designs
 */
async function openLibrary(preview, found = () => DESIGNS) {
    onRpc("kala.template", "search_read", ({kwargs}) => {
        const [, operator] = kwargs.domain[4];
        return operator === "!=" ? found(kwargs.domain[5]?.[2]) : [];
    });
    onRpc("kala.template", "read", ({args}) =>
        DESIGNS.filter(({id}) => args[0].includes(id))
    );
    onRpc("kala.template", "get_mail_preview", ({args}) => preview(args[0]));
    await mountWithCleanup(BareLibrary, {
        props: {
            close: () => {},
            companyId: false,
            templateId: false,
            model: "res.partner",
            onChosen: () => {},
        },
    });
}

test("EM3: a preview that comes late does not replace a later one", async () => {
    const slow = new Deferred();
    let asked = 0;
    await openLibrary(async (id) => {
        const number = ++asked;
        if (number === 2) {
            await slow;
        }
        return {subject: `${id}, asked as number ${number}`, html: ""};
    });
    // The same design is asked for twice: the first answer may be of another record.
    for (const n of [0, 1, 0]) {
        await contains(`.o_card:eq(${n})`).click();
        await animationFrame();
    }
    expect("p").toHaveText("1, asked as number 4");
    slow.resolve();
    await animationFrame();
    expect("p").toHaveText("1, asked as number 4");
    expect("h4").toHaveText("Letter");
});

test("EM3: a list that comes late does not replace what was sought meanwhile", async () => {
    const slow = new Deferred();
    await openLibrary(
        (id) => ({subject: `${id}`, html: ""}),
        async (sought) => {
            if (sought === "Letter") {
                await slow;
            }
            return DESIGNS.filter(({name}) => !sought || name === sought);
        }
    );
    for (const sought of ["Letter", "Card"]) {
        await contains("input[type=search]").edit(sought, {confirm: "blur"});
    }
    await animationFrame();
    // What is shown stays in the list.
    expect(".o_card").toHaveCount(2);
    slow.resolve();
    await animationFrame();
    expect(".o_card").toHaveCount(2);
});
