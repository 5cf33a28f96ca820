/**
 * The screens of which pictures are taken. Each has `name`, `path(server)` below /odoo, `ready`: a selector to wait for,
 * `act({page, server, isPhone, isWide, language})`: what is clicked before, `hasNews` where cards of news belong to the picture,
 * and `sizes` where not all three are wanted.
 */

const DESK = ["1366x768", "1920x1080"];

/** Those that README and the documents show. */
export const KEPT = [
    "conversation-1366-en.png",
    "conversation-390-en.png",
    "inbox-390-he.png",
    "inbox-conversation-1366-en.png",
    "search-1366-en.png",
    "small-window-1366-en.png",
    "rule-1366-en.png",
    "settings-1366-en.png",
];

const record = (model, xmlid) => async (server) =>
    `${model}/${await server.ref(xmlid)}`;
const action = (xmlid, record_xmlid) => async (server) => {
    const id = await server.ref(xmlid);
    return record_xmlid
        ? `action-${id}/${await server.ref(record_xmlid)}`
        : `action-${id}`;
};

/** Where it does not stand beside the form, the conversation is a drawer or a page. */
async function openConversation({page}) {
    await page.waitForSelector(".o_form_view");
    if (!(await page.locator(".o_kala_lines:visible").count())) {
        await page.locator(".o_kala_conversation_open:visible").first().click();
    }
    await page.waitForSelector(".o_kala_bubble:visible");
    await page.waitForTimeout(700);
}

async function openRow(given, name) {
    const {page} = given;
    await page.locator(".o_kala_inbox_row", {hasText: name}).first().click();
    await page.waitForSelector(".o_kala_inbox_shown:not([inert]) .o_kala_bubble");
}

/** Each picture is of news of its own: the card of another one would count both. */
const SENDERS = [
    {number: "054-234-5612", text: "Do you also make bookshelves?"},
    {number: "052-234-5611", text: "Sunday 10:00 is good"},
    {number: "053-234-5613", text: "Can we have two more chairs?"},
    {number: "050-234-5614", text: "אפשר לקבל הצעה גם לשולחן?"},
    {number: "054-234-5621", text: "Please call me back after five"},
    {number: "050-234-5610", text: "תודה, ניפגש ביום חמישי"},
];
let turn = 0;

async function receiveCards({page, server}) {
    // Odoo's websocket has to be open before: what came earlier is no card.
    await page.waitForTimeout(3000);
    await server.receive(SENDERS[turn++ % SENDERS.length]);
    await server.receive(SENDERS[turn++ % SENDERS.length]);
    await page.waitForSelector(".o_kala_toast", {timeout: 60000});
    await page.waitForTimeout(2500);
}

async function answerCard(given) {
    await receiveCards(given);
    await given.page.locator(".o_kala_toast_answer").first().click();
    await given.page.waitForSelector(".o_kala_small_window .o_kala_bubble");
}

async function sendToSelected({page}) {
    await page.waitForSelector(".o_data_row");
    await page.locator("thead .o_list_record_selector input").click();
    await page.waitForTimeout(500);
}

async function searchFor({page}) {
    await page.locator(".o_kala_search button").click();
    await page.waitForSelector(".o_command_palette_search input");
    await page.locator(".o_command_palette_search input").pressSequentially("chairs");
    await page.waitForSelector(".o_kala_search_hit");
}

const PROVIDERS = [
    ...[
        "sandbox",
        "meta",
        "waboxapp",
        "twilio",
        "odoo_iap",
        "inforu",
        "sms019",
        "http",
    ],
    ...["pbx", "voicenter", "messenger", "telegram", "viber", "smtp"],
];
const NAME = "The workshop";

/** A connection of a provider that is being made. */
async function connectionOf(server, provider) {
    const domain = [
        ["name", "=", NAME],
        ["provider", "=", provider],
    ];
    const found = await server.call("kala.connection", "search", [domain]);
    const id =
        found[0] ||
        (await server.call("kala.connection", "create", [{name: NAME, provider}]));
    return `communication-connections/${[id].flat()[0]}`;
}

export const SCREENS = [
    {
        name: "conversation",
        path: record("crm", "kala_comm.demo_lead_chairs"),
        act: openConversation,
    },
    {
        name: "conversation-hebrew",
        path: async (server) =>
            `sales/${await server.ref("kala_comm.demo_order_dana")}`,
        act: openConversation,
    },
    {
        name: "form",
        path: record("crm", "kala_comm.demo_lead_chairs"),
        ready: ".o_form_view",
    },
    {
        name: "customer",
        path: record("contacts", "kala_comm.demo_partner_avi"),
        act: openConversation,
    },
    {
        name: "templates",
        path: record("crm", "kala_comm.demo_lead_chairs"),
        async act(given) {
            await openConversation(given);
            await given.page
                .locator(".o_kala_answer textarea")
                .last()
                .pressSequentially("/");
            await given.page.waitForSelector(".o_kala_templates");
        },
    },
    {
        name: "send-menu",
        path: record("crm", "kala_comm.demo_lead_chairs"),
        async act(given) {
            await openConversation(given);
            const box = given.page.locator(".o_kala_answer").last();
            await box.locator("textarea").fill("Monday at nine is fine.");
            await box.locator(".o_kala_when").click();
        },
    },
    {
        name: "draft",
        path: record("crm", "kala_comm.demo_lead_shelves"),
        act: openConversation,
    },
    {name: "inbox", path: () => "communication-inbox", ready: ".o_kala_inbox_row"},
    {
        name: "inbox-conversation",
        path: () => "communication-inbox",
        ready: ".o_kala_inbox_row",
        act: (given) => openRow(given, "chairs"),
    },
    {
        name: "inbox-empty",
        path: () => "communication-inbox",
        ready: ".o_kala_inbox_row",
        async act({page}) {
            await page
                .locator(".o_kala_inbox input[type=search], .o_kala_inbox_search input")
                .first()
                .fill("zzzz");
            await page.waitForTimeout(1200);
        },
    },
    {
        name: "inbox-several",
        path: () => "communication-inbox",
        ready: ".o_kala_inbox_row",
        sizes: DESK,
        async act({page}) {
            for (const key of ["x", "j", "x"]) {
                await page.keyboard.press(key);
                await page.waitForTimeout(400);
            }
        },
    },
    {
        name: "inbox-keys",
        path: () => "communication-inbox",
        ready: ".o_kala_inbox_row",
        sizes: ["1366x768"],
        async act({page}) {
            await page.keyboard.press("?");
            await page.waitForSelector(".modal");
        },
    },
    {
        name: "search",
        path: () => "communication-inbox",
        ready: ".o_kala_inbox_row",
        act: searchFor,
    },
    {
        name: "cards",
        path: () => "crm",
        ready: ".o_kanban_record",
        hasNews: true,
        act: receiveCards,
    },
    {
        name: "small-window",
        path: () => "crm",
        ready: ".o_kanban_record",
        hasNews: true,
        act: answerCard,
    },
    {name: "leads", path: () => "crm", ready: ".o_kanban_record"},
    {
        name: "communications",
        path: () => "communications",
        ready: ".o_data_row",
        act: sendToSelected,
    },
    {
        name: "composer",
        path: action("crm.crm_lead_all_leads"),
        ready: ".o_data_row, .o_view_nocontent",
        sizes: DESK,
        async act({page}) {
            await page.locator("thead .o_list_record_selector input").click();
            await page.waitForTimeout(700);
        },
    },
    {name: "rules", path: action("kala_comm.kala_rule_action"), ready: ".o_action"},
    {
        name: "rule",
        path: action("kala_comm.kala_rule_action", "kala_comm.demo_rule_offer"),
        ready: ".o_form_view",
    },
    {
        name: "sender",
        path: action("kala_comm.kala_sender_action", "kala_comm.demo_sender_office"),
        ready: ".o_form_view",
    },
    {
        name: "settings",
        path: action("kala_comm.res_config_settings_action"),
        ready: ".o_form_view",
    },
    {name: "health", path: () => "communication-health", ready: ".o_action"},
    {
        name: "notification-test",
        path: () => "test-my-notifications",
        ready: ".o_action",
    },
    ...PROVIDERS.map((provider) => ({
        name: `connection-${provider}`,
        path: (server) => connectionOf(server, provider),
        ready: ".o_form_view",
    })),
];
