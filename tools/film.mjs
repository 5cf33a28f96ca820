/**
 * The short film of README: a customer writes, and is answered. Frames are pictures of a server with demo data, and a list
 * of how long each is shown. node film.mjs URL FOLDER
 */
import {mkdir, writeFile} from "node:fs/promises";
import path from "node:path";
import {base, logIn, settle, startBrowser} from "./demo_server.mjs";

const folder = process.argv[3];
const ASKED = "Could you bring it on Thursday?";
const ANSWER = "Gladly. Thursday at ten?";

class Film {
    constructor(page) {
        this.page = page;
        this.frames = [];
    }

    /** @param {Number} shown milliseconds */
    async frame(shown) {
        const name = `${String(this.frames.length).padStart(2, "0")}.png`;
        await this.page.screenshot({
            path: path.join(folder, name),
            caret: "hide",
            animations: "disabled",
        });
        this.frames.push({name, shown});
    }
}

async function play(film, page, server) {
    await page.goto(`${base}/odoo/communication-inbox`);
    await page.waitForSelector(".o_kala_inbox_row");
    await settle(page);
    // Odoo's websocket has to be open before: the list moves by itself.
    await page.waitForTimeout(3000);
    await film.frame(1500);
    await server.receive({number: "053-234-5613", text: ASKED});
    const row = page.locator(".o_kala_inbox_row", {hasText: ASKED}).first();
    await row.waitFor({timeout: 60000});
    await settle(page);
    await film.frame(1600);
    await row.click();
    await page.waitForSelector(".o_kala_inbox_shown:not([inert]) .o_kala_bubble");
    await page.locator(".o_kala_toast").waitFor({state: "hidden"});
    await settle(page);
    await film.frame(1500);
    await write(film, page);
    await page.keyboard.press("Control+Enter");
    // It goes on to who waits next.
    await row.waitFor({state: "hidden"});
    await page.waitForSelector(".o_kala_inbox_shown:not([inert]) .o_kala_bubble");
    await settle(page);
    await film.frame(2500);
}

async function write(film, page) {
    const box = page.locator(".o_kala_answer textarea:visible").last();
    await box.click();
    const words = ANSWER.split(" ");
    for (const [n, word] of words.entries()) {
        await box.pressSequentially(n ? ` ${word}` : word);
        await page.waitForTimeout(300);
        await film.frame(280);
    }
}

await mkdir(folder, {recursive: true});
const browser = await startBrowser();
const context = await browser.newContext({
    viewport: {width: 1366, height: 768},
    reducedMotion: "reduce",
    timezoneId: "Asia/Jerusalem",
});
const server = await logIn(context);
const page = await context.newPage();
page.setDefaultTimeout(20000);
const film = new Film(page);
await play(film, page, server);
await browser.close();
await writeFile(path.join(folder, "frames.json"), JSON.stringify(film.frames));
