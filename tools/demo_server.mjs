/** What pictures and film need: a server with demo data, Chromium, and the administrator's session. */
import {createRequire} from "node:module";
import path from "node:path";

const require = createRequire(path.join(process.env.NODE_MODULES, "x.js"));
const {chromium} = require("playwright-core");

/** The address of the server. */
export const base = process.argv[2];

export function startBrowser() {
    return chromium.launch({
        executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
        args: ["--no-sandbox"],
    });
}

/** What they need to know of the database, and how to ask it. */
export class Server {
    constructor(request) {
        this.request = request;
    }

    async rpc(route, params) {
        const answer = await this.request.post(base + route, {
            data: {jsonrpc: "2.0", method: "call", params},
        });
        const {result, error} = await answer.json();
        if (error) {
            throw new Error(`${route}: ${error.data?.message || error.message}`);
        }
        return result;
    }

    call(model, method, args = [], kwargs = {}) {
        const params = {model, method, args, kwargs};
        return this.rpc(`/web/dataset/call_kw/${model}/${method}`, params);
    }

    /** @returns {Promise<Number>} id of the record with an external id */
    async ref(xmlid) {
        const [module, name] = xmlid.split(".");
        const domain = [
            ["module", "=", module],
            ["name", "=", name],
        ];
        const [found] = await this.call("ir.model.data", "search_read", [
            domain,
            ["res_id"],
        ]);
        if (!found) {
            throw new Error(`${xmlid} is not there: does ${base} have demo data?`);
        }
        return found.res_id;
    }

    /** A text of a customer comes in, by the sandbox. */
    async receive(values) {
        const id = await this.call("kala.simulate", "create", [values]);
        await this.call("kala.simulate", "action_receive", [[id].flat()]);
    }

    async speak(code) {
        const [language] = await this.call(
            "res.lang",
            "search_read",
            [[["code", "=", code]], ["active"]],
            {context: {active_test: false}}
        );
        if (!language.active) {
            const wizard = {lang_ids: [[6, 0, [language.id]]]};
            const id = await this.call("base.language.install", "create", [wizard]);
            await this.call("base.language.install", "lang_install", [[id].flat()]);
        }
        await this.call("res.users", "write", [[this.uid], {lang: code}]);
        // The session learns the language with a page; that page has still the direction of the language before.
        await this.request.get(`${base}/odoo`);
    }
}

export async function logIn(context) {
    const page = await context.newPage();
    await page.goto(`${base}/web/login`);
    await page.fill("input[name=login]", "admin");
    await page.fill("input[name=password]", "admin");
    await page.click("button[type=submit]");
    await page.waitForURL(/\/odoo/);
    await page.close();
    const server = new Server(context.request);
    server.uid = (await server.rpc("/web/session/get_session_info", {})).uid;
    return server;
}

/** Nothing moves, nothing loads, and no cursor blinks when the picture is taken. */
export async function settle(page) {
    await page.waitForLoadState("networkidle", {timeout: 2500}).catch(() => {});
    await page.waitForFunction(() => !document.querySelector(".o_loading_indicator"));
    await page.waitForTimeout(500);
}
