/**
 * What people do in a real browser, one exported function per flow. Run by tests/test_browser.py:
 * `node flows.mjs FLOW`, facts as JSON on standard input, the result as JSON on standard output.
 */
import {createRequire} from "node:module";
import {readFileSync} from "node:fs";

const {chromium} = createRequire(import.meta.url)("playwright-core");

const PATIENCE = 60000;
const CARD = ".o_kala_incoming_card";

// ---------------------------------------------------------------------------- flows

/** A message comes in while its conversation is on the screen: no card says so once more; the user
 * answers, and sees "Delivered". */
export async function foundation({page, facts, picture, receive}) {
    await open(page, facts, `crm/${facts.lead}`);
    await openConversation(page);
    await receive({text: "Can you come on Monday?", channel: "whatsapp"});

    await row(page, "Can you come on Monday?").waitFor();
    if (await page.locator(CARD, {hasText: "Can you come on Monday?"}).count()) {
        throw new Error("a card tells of what is on the screen");
    }

    await page
        .locator("button[name=action_kala_compose]", {hasText: "WhatsApp"})
        .click();
    await page
        .locator(".o_kala_answer .o_kala_channel", {hasText: "WhatsApp"})
        .waitFor();
    await page.locator(".o_kala_answer textarea").fill("Yes, at nine.");
    await picture("answer");
    await page.locator(".o_kala_answer .o_kala_send").click();
    await row(page, "Yes, at nine.").locator("[title=Delivered]").waitFor();
    await picture("delivered");
}

/** From anywhere else, a click on the card opens the record. */
export async function click_opens({page, facts, picture, receive}) {
    await open(page, facts, "contacts");
    await page.locator(".o_control_panel").waitFor();
    await receive({text: "Are you there?"});
    const card = page.locator(CARD, {hasText: "Are you there?"});
    await card.locator(".o_kala_incoming_record", {hasText: "Kitchen"}).waitFor();
    await card.locator(".o_kala_incoming_number", {hasText: "050-234-5678"}).waitFor();
    await card.locator(".o_kala_incoming_customer", {hasText: "Dana Levi"}).waitFor();
    await picture("notification");
    await card.click();
    await openConversation(page);
    await row(page, "Are you there?").waitFor();
}

/** Who writes from the list sees in its column that he did, a moment later. */
export async function from_the_list({page, facts}) {
    await open(page, facts, "contacts?view_type=list");
    await page.locator(".o_list_view .o_data_row").first().waitFor();
    const dana = page.locator(".o_data_row", {hasText: facts.customer});
    const column = dana.locator("td[name=kala_last_communication_date]");
    const before = (await column.textContent()).trim();
    await dana.locator(".o_list_record_selector input").click();
    await page.locator("button[name=action_kala_compose]", {hasText: "SMS"}).click();
    await page.locator(".modal .o_kala_answer textarea").fill("From the list.");
    await page.locator(".modal .o_kala_send").click();
    await page.locator(".modal").waitFor({state: "detached"});
    await column.filter({hasText: /\d/}).waitFor();
    return {before, after: (await column.textContent()).trim()};
}

/** What is typed and not saved stays while the conversation and the chatter go on. */
export async function unsaved({page, facts, receive}) {
    await open(page, facts, `crm/${facts.lead}`);
    await openConversation(page);
    const name = page.locator(".o_field_widget[name=name] textarea");
    await name.fill("Kitchen, bigger");
    await receive({text: "First while typing"});
    await row(page, "First while typing").waitFor();
    // The field was left, the form is still not saved.
    await name.press("Tab");
    await receive({text: "Second while dirty"});
    await row(page, "Second while dirty").waitFor();
    await page.locator(".o-mail-Message", {hasText: "Second while dirty"}).waitFor();
    const kept = await name.inputValue();
    await page.locator(".o_form_button_save").click();
    await page.locator(".o_form_button_save").waitFor({state: "hidden"});
    return {kept};
}

/** Two tabs, none in front: one popup of the browser; a click on it opens the record. */
export async function popup({context, page, facts, receive}) {
    const tabs = [page, await context.newPage()];
    for (const tab of tabs) {
        await tab.addInitScript(watchPopups);
        await open(tab, facts, "contacts");
        await tab.locator(".o_control_panel").waitFor();
    }
    await Promise.all(tabs.map((tab) => tab.evaluate(() => window.kalaLeave())));
    await receive({text: "Nobody looks"});
    for (const tab of tabs) {
        await tab.locator(CARD, {hasText: "Nobody looks"}).waitFor();
    }
    const popups = [];
    for (const tab of tabs) {
        popups.push(
            ...(await tab.evaluate(() => window.kalaPopups.map((p) => p.shown)))
        );
        await tab.evaluate(() => window.kalaPopups.forEach((p) => p.click()));
    }
    await Promise.any(
        tabs.map(async (tab) => {
            await openConversation(tab);
            await row(tab, "Nobody looks").waitFor();
        })
    );
    return {popups};
}

/** The badge follows within seconds, also what changes right after another change. */
export async function badge({page, facts, receive}) {
    await open(page, facts, "crm");
    const shown = page.locator(".o_menu_sections .o_kala_lead_badge");
    await shown.filter({hasText: String(facts.count)}).waitFor();
    await receive({text: "A new one", from: "0542345678"});
    await shown.filter({hasText: String(facts.count + 1)}).waitFor();
    await receive({text: "Another one", from: "0552345678"});
    await shown.filter({hasText: String(facts.count + 2)}).waitFor();
}

/** The page that tests one's notifications, and what it says when the browser blocks them. */
export async function test_page({context, page, facts, picture}) {
    await open(page, facts, "test-my-notifications");
    await page.locator("[data-check=connection][data-state=good]").waitFor();
    await page.locator(".o_kala_send_test").click();
    await page.locator(".o_kala_test_result", {hasText: "in Odoo only"}).waitFor();
    const before = await page
        .locator("[data-check=permission]")
        .getAttribute("data-state");
    await context.grantPermissions(["notifications"]);
    await page.reload();
    await page.locator("[data-check=permission][data-state=good]").waitFor();
    await page.locator("[data-check=connection][data-state=good]").waitFor();
    await page.locator(".o_kala_send_test").click();
    await page.locator(".o_kala_test_result", {hasText: "asked to show it"}).waitFor();
    await picture("test-my-notifications");
    return {before};
}

/** A lead is given to the user, then several at once: a card each time, a click opens them. */
export async function news({context, page, facts, picture}) {
    await open(page, facts, "contacts");
    await page.locator(".o_control_panel").waitFor();
    const boss = await caller(context, facts);
    await boss("crm.lead", "write", [[facts.lead], {user_id: facts.seller}]);
    const card = page.locator(CARD, {hasText: facts.one}).filter({hasText: facts.name});
    await card.waitFor();
    await picture("news");
    await card.click();
    await page
        .locator(".o_form_view .o_breadcrumb, .o_form_view", {hasText: facts.name})
        .first()
        .waitFor();
    await boss("crm.lead", "write", [facts.many, {user_id: facts.seller}]);
    const several = page.locator(CARD, {hasText: facts.several});
    await several.waitFor();
    await picture("news-many");
    await several.click();
    await page.locator(".o_list_view .o_data_row").nth(2).waitFor();
    return {rows: await page.locator(".o_list_view .o_data_row").count()};
}

/** Nobody has a tab open: the service worker shows what it is told, and a click opens it. */
export async function pushed({context, page, facts, receive}) {
    const origin = new URL(facts.url).origin;
    await open(page, facts, "contacts");
    await page.locator(".o_control_panel").waitFor();
    const worker =
        context.serviceWorkers()[0] || (await context.waitForEvent("serviceworker"));
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
    await context.grantPermissions(["notifications"], {origin});
    const blank = await context.newPage();
    const cdp = await context.newCDPSession(blank);
    const registered = new Promise((resolve) => {
        cdp.on("ServiceWorker.workerRegistrationUpdated", ({registrations}) => {
            const ours = registrations.find(({scopeURL}) =>
                scopeURL.startsWith(origin)
            );
            if (ours) {
                resolve(ours.registrationId);
            }
        });
    });
    await cdp.send("ServiceWorker.enable");
    const registrationId = await registered;

    const boss = await caller(context, facts);
    const isThere = () =>
        boss("mail.presence", "search_count", [
            [
                ["user_id", "=", facts.seller],
                ["status", "!=", "offline"],
            ],
        ]);
    await until(async () => (await isThere()) > 0);
    await page.close();
    await until(async () => (await isThere()) === 0);
    await receive({text: facts.text});
    const told = await until(async () => {
        const answer = await fetch(facts.last);
        return answer.ok && answer.text();
    });

    await cdp.send("ServiceWorker.deliverPushMessage", {
        origin,
        registrationId,
        data: told,
    });
    const shownBy = () =>
        worker.evaluate(async () => {
            const all = await self.registration.getNotifications();
            const ours = all.filter(({data}) => data?.kala_comm);
            return ours.map(({title, body, tag}) => ({title, body, tag}));
        });
    const shown = await until(async () => {
        const all = await shownBy();
        return all.length && all;
    });

    // Only a hand may open a window: what the worker asks for is written down
    const click = () =>
        worker.evaluate(async () => {
            const opened = [];
            self.clients.openWindow = async (url) => opened.push(url);
            const all = await self.registration.getNotifications();
            const notification = all.find(({data}) => data?.kala_comm);
            const event = new NotificationEvent("notificationclick", {notification});
            self.dispatchEvent(event);
            await new Promise((resolve) => setTimeout(resolve, 500));
            return opened;
        });
    const opened = await click();
    const tab = await context.newPage();
    await tab.goto(facts.url + opened[0]);
    await openConversation(tab);
    await row(tab, facts.text).waitFor();

    // With a tab open, that one goes there
    await open(tab, facts, "contacts");
    await tab.locator(".o_control_panel").waitFor();
    await cdp.send("ServiceWorker.deliverPushMessage", {
        origin,
        registrationId,
        data: told,
    });
    await until(async () => (await shownBy()).length);
    const elsewhere = await click();
    await openConversation(tab);
    await row(tab, facts.text).waitFor();
    return {shown, opened: [...opened, ...elsewhere]};
}

/** Two people have one conversation open: each sees the other, that she writes, and that she is
 * gone; of another lead neither hears anything. */
export async function two_people({context, page, facts, picture}) {
    const elsewhere = await context.browser().newContext({
        viewport: {width: 1366, height: 768},
    });
    elsewhere.setDefaultTimeout(PATIENCE);
    const other = await elsewhere.newPage();
    await logIn(other, {...facts, login: facts.other});
    const here = page.locator(".o_kala_presence");

    await open(page, facts, `crm/${facts.lead}`);
    await openConversation(page);
    const isAlone = !(await here.textContent());
    await open(other, facts, `crm/${facts.lead}`);
    await openConversation(other);
    await here.filter({hasText: `${facts.name}\u2069 has this open`}).waitFor();
    await other.locator(".o_kala_presence", {hasText: facts.own}).waitFor();

    await other.locator(".o_kala_answer textarea").pressSequentially("On Monday");
    await here.filter({hasText: `${facts.name}\u2069 is writing`}).waitFor();
    await picture("two-people");
    await other.locator(".o_kala_answer textarea").fill("");
    await here.filter({hasText: `${facts.name}\u2069 has this open`}).waitFor();

    await other.close({runBeforeUnload: false});
    await here.filter({hasText: /^$/}).waitFor({state: "attached"});
    return {isAlone};
}

// ---------------------------------------------------------------------------- pieces

/** Another user, the administrator, at work meanwhile: a function that calls a method. */
async function caller(context, {url, database}) {
    const {request} = await context.browser().newContext();
    const post = async (path, params) => {
        const answer = await request.post(`${url}${path}`, {
            data: {jsonrpc: "2.0", method: "call", params},
        });
        const {error, result} = await answer.json();
        if (error) {
            throw new Error(error.data?.message || error.message);
        }
        return result;
    };
    const admin = {db: database, login: "admin", password: "admin"};
    await post("/web/session/authenticate", admin);
    return (model, method, args) =>
        post(`/web/dataset/call_kw/${model}/${method}`, {
            model,
            method,
            args,
            kwargs: {},
        });
}

/** Ask until there is an answer. */
async function until(ask) {
    const end = Date.now() + PATIENCE;
    while (Date.now() < end) {
        const answer = await ask();
        if (answer) {
            return answer;
        }
        await new Promise((resolve) => setTimeout(resolve, 200));
    }
    throw new Error(`it did not happen within ${PATIENCE / 1000} seconds: ${ask}`);
}

function open(page, facts, path) {
    return page.goto(`${facts.url}/odoo/${path}`);
}

async function openConversation(page) {
    await page.locator(".o_form_view").waitFor();
    const closed = page.locator(".o_kala_conversation_open");
    const conversation = page.locator(".o_kala_conversation");
    // Who left it open finds it open.
    await closed.or(conversation).first().waitFor();
    if (await closed.count()) {
        await closed.click();
    }
    await conversation.waitFor();
}

function row(page, text) {
    return page.locator(".o_kala_conversation .o_kala_bubble", {hasText: text});
}

/** In the page: remember the popups instead of showing them, and let the tab lose the focus. */
function watchPopups() {
    let focused = true;
    window.kalaPopups = [];
    window.kalaLeave = () => {
        focused = false;
        window.dispatchEvent(new Event("blur"));
    };
    Document.prototype.hasFocus = () => focused;
    window.Notification = class extends EventTarget {
        static permission = "granted";
        constructor(title, {body, tag}) {
            super();
            window.kalaPopups.push({
                shown: {title, body, tag},
                click: () => this.dispatchEvent(new Event("click")),
            });
        }
        close() {}
    };
}

async function logIn(page, {url, login, password}) {
    await page.goto(`${url}/web/login`);
    await page.locator("#login").fill(login);
    await page.locator("#password").fill(password);
    await page.locator("button[type=submit]").first().click();
    await page.locator(".o_main_navbar").waitFor();
}

/** A text of Dana's, posted as a provider posts it. */
async function post(facts, message) {
    const answer = await fetch(facts.webhook, {
        method: "POST",
        headers: {"content-type": "application/json"},
        body: JSON.stringify({from: "0502345678", name: "Dana", ...message}),
    });
    if (!answer.ok) {
        throw new Error(`the webhook answered ${answer.status}`);
    }
}

async function play(flow, facts) {
    const browser = await chromium.launch({
        executablePath: facts.chromium,
        args: [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-background-networking",
        ],
    });
    const complaints = [];
    try {
        const context = await browser.newContext({
            viewport: {width: 1366, height: 768},
            ...facts.context,
        });
        context.setDefaultTimeout(PATIENCE);
        const page = await context.newPage();
        page.on("pageerror", (error) => complaints.push(String(error)));
        await logIn(page, facts);
        const result = await flow({
            context,
            page,
            facts,
            receive: (message) => post(facts, message),
            picture: (name) => takePicture(page, facts, name),
        });
        if (complaints.length) {
            throw new Error("the page complained");
        }
        return result || {};
    } catch (error) {
        throw new Error(`${error.message}\n${complaints.join("\n")}`, {cause: error});
    } finally {
        await browser.close();
    }
}

async function takePicture(page, facts, name) {
    if (facts.pictures) {
        await page.screenshot({
            path: `${facts.pictures}/${name}${facts.suffix || ""}.png`,
            animations: "disabled",
        });
    }
}

const flows = {
    foundation,
    click_opens,
    from_the_list,
    unsaved,
    popup,
    pushed,
    badge,
    news,
    test_page,
    two_people,
};
const result = await play(flows[process.argv[2]], JSON.parse(readFileSync(0, "utf8")));
console.log(JSON.stringify(result));
