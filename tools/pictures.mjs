/**
 * Takes the pictures of `picture_list.mjs` with Chromium, of a server with demo data: each on three screens, in English and
 * in Hebrew (from right to left). node pictures.mjs URL FOLDER [PATTERN of file names]
 */
import {copyFile, mkdir, writeFile} from "node:fs/promises";
import path from "node:path";
import {fileURLToPath} from "node:url";
import {base, logIn, Server, settle, startBrowser} from "./demo_server.mjs";
import {KEPT, SCREENS} from "./picture_list.mjs";

const SIZES = ["1366x768", "1920x1080", "390x844"];
const LANGUAGES = {en: "en_US", he: "he_IL"};
const [folder, pattern = ""] = process.argv.slice(3);
const docs = path.join(
    path.dirname(fileURLToPath(import.meta.url)),
    "../docs/pictures"
);

const nameOf = (screen, size, language) =>
    `${screen.name}-${size.split("x")[0]}-${language}.png`;

/** What came in for one picture is news on the pages of the next ones, too. */
async function closeCards(page) {
    const cards = page.locator(".o_kala_toast_close:visible");
    while (await cards.count()) {
        await cards.first().click();
        await page.waitForTimeout(500);
    }
}

async function take(browser, state, screen, size, language) {
    const [width, height] = size.split("x").map(Number);
    const isPhone = width < 500;
    const context = await browser.newContext({
        viewport: {width, height},
        hasTouch: isPhone,
        isMobile: isPhone,
        reducedMotion: "reduce",
        timezoneId: "Asia/Jerusalem",
        storageState: state,
    });
    const name = nameOf(screen, size, language);
    try {
        const server = new Server(context.request);
        const page = await context.newPage();
        page.setDefaultTimeout(20000);
        await page.goto(`${base}/odoo/${await screen.path(server)}`);
        await page.waitForSelector(screen.ready || ".o_action_manager > *");
        await settle(page);
        if (screen.act) {
            await screen.act({page, server, isPhone, isWide: width >= 1534, language});
            await settle(page);
        }
        if (!screen.hasNews) {
            await closeCards(page);
        }
        await page.screenshot({
            path: path.join(folder, name),
            caret: "hide",
            animations: "disabled",
        });
        return {name};
    } catch (error) {
        return {name, error: String(error).split("\n").slice(0, 3).join(" ")};
    } finally {
        await context.close();
    }
}

/** One page with all of them, to look through. */
function pageOf(names) {
    const shown = names.map(
        (name) => `<figure><figcaption>${name}</figcaption><img src="${name}"></figure>`
    );
    const style =
        "body{font-family:sans-serif}figure{display:inline-block;margin:8px}img{max-width:640px;border:1px solid #ccc}";
    return `<!doctype html><meta charset="utf-8"><title>Pictures</title><style>${style}</style>${shown.join("")}`;
}

async function keep(names) {
    await mkdir(docs, {recursive: true});
    for (const name of names.filter((one) => KEPT.includes(one))) {
        await copyFile(path.join(folder, name), path.join(docs, name));
    }
}

await mkdir(folder, {recursive: true});
const browser = await startBrowser();
const context = await browser.newContext();
const server = await logIn(context);
const state = await context.storageState();
const taken = [];
for (const [language, code] of Object.entries(LANGUAGES)) {
    const wanted = SCREENS.flatMap((screen) =>
        (screen.sizes || SIZES).map((size) => ({screen, size}))
    ).filter(({screen, size}) => nameOf(screen, size, language).match(pattern));
    if (wanted.length) {
        await server.speak(code);
    }
    for (const {screen, size} of wanted) {
        taken.push(await take(browser, state, screen, size, language));
    }
}
await server.speak("en_US");
await browser.close();
const done = taken.filter(({error}) => !error).map(({name}) => name);
await writeFile(path.join(folder, "index.html"), pageOf(done));
await keep(done);
for (const {name, error} of taken.filter((one) => one.error)) {
    console.error(`${name}: ${error}`);
}
console.log(
    `${done.length} pictures in ${folder}, ${taken.length - done.length} could not be taken`
);
process.exitCode = done.length === taken.length ? 0 : 1;
