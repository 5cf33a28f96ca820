import {_t} from "@web/core/l10n/translation";

/**
 * What stands between a user and his notifications (NO3): each check says in `title` what was
 * found, and in `advice` what to do about it.
 *
 * @typedef {{key: String, state: "good"|"warning"|"bad", title: String, advice: String}} Check
 *
 * @param {Object} seen
 * @param {Boolean} seen.secure the page came by https, or from this computer
 * @param {Boolean} seen.encrypted the page came by https
 * @param {Boolean} seen.supported the browser knows notifications
 * @param {String} seen.browserName name and version of the browser
 * @param {String} seen.permission granted, denied or default
 * @param {Boolean} seen.worker a service worker is registered
 * @param {Boolean} seen.connected the live connection is open
 * @param {Boolean} seen.textsOn the company notifies about incoming texts
 * @param {Boolean} seen.canPush the browser can be told while Odoo is closed
 * @param {Boolean} seen.registered the server tells this browser while Odoo is closed
 * @param {Boolean} seen.quiet the user's quiet hours are now
 * @param {{family: String, label: String, choice: String, words: String, sound: Boolean}[]} seen.choices
 * @returns {Check[]}
 */
export function checkNotifications(seen) {
    return [
        checkConnection(seen),
        checkSecure(seen),
        checkBrowser(seen),
        checkPermission(seen),
        checkWorker(seen),
        checkPush(seen),
        checkChoices(seen),
        checkQuiet(seen),
        checkCompany(seen),
    ].filter(Boolean);
}

const good = (key, title) => ({key, state: "good", title, advice: ""});
const warning = (key, title, advice) => ({key, state: "warning", title, advice});
const bad = (key, title, advice) => ({key, state: "bad", title, advice});

function checkConnection({connected}) {
    if (connected) {
        return good("connection", _t("The live connection to Odoo is open."));
    }
    return bad(
        "connection",
        _t("There is no live connection to Odoo, so nothing can be shown in time."),
        _t(
            "Reload the page. If that does not help, ask your administrator whether the web server passes websockets (/websocket) on to Odoo."
        )
    );
}

function checkSecure({secure, encrypted}) {
    if (encrypted) {
        return good("secure", _t("The page is secure (https)."));
    }
    if (secure) {
        return good(
            "secure",
            _t(
                "The browser takes the page as secure because it comes from this computer itself (localhost). On other computers Odoo needs an https:// address."
            )
        );
    }
    return bad(
        "secure",
        _t("The page is not secure, so the browser allows no notifications on it."),
        _t("Open Odoo by its https:// address. If it has none, ask your administrator.")
    );
}

function checkBrowser({supported, browserName}) {
    if (supported) {
        return good(
            "browser",
            _t("The browser (%s) can show notifications.", browserName)
        );
    }
    return bad(
        "browser",
        _t("This browser cannot show notifications."),
        _t(
            "Update it, or use a current Chrome, Edge, Firefox or Safari. On an iPhone or iPad, add Odoo to the home screen first and open it from there."
        )
    );
}

function checkPermission({supported, permission}) {
    if (!supported) {
        return null;
    }
    if (permission === "granted") {
        return good("permission", _t("The browser allows notifications of Odoo."));
    }
    if (permission === "denied") {
        return bad(
            "permission",
            _t("The browser blocks notifications of Odoo."),
            _t(
                "Click the sign to the left of the address, set Notifications to Allow, and reload the page."
            )
        );
    }
    return warning(
        "permission",
        _t(
            "The browser has not been asked yet whether it may show notifications of Odoo."
        ),
        _t("Click “Allow notifications” and agree to what the browser asks.")
    );
}

function checkWorker({worker}) {
    if (worker) {
        return good(
            "worker",
            _t("The background part of Odoo is at work in this browser.")
        );
    }
    return warning(
        "worker",
        _t(
            "The background part of Odoo (service worker) is not at work in this browser."
        ),
        _t(
            "Notifications appear only while a tab of Odoo is open, on Android not at all. Reload the page; private windows never have it."
        )
    );
}

function checkPush({canPush, registered, choices}) {
    if (registered) {
        return good("push", _t("This device is told of news while Odoo is closed."));
    }
    if (!choices.some(({choice}) => choice === "push")) {
        return null;
    }
    if (!canPush) {
        return warning(
            "push",
            _t("This browser cannot be told of news while Odoo is closed."),
            _t(
                "It needs https and a current browser. On an iPhone or iPad, add Odoo to the home screen first and open it from there."
            )
        );
    }
    return warning(
        "push",
        _t("This device is not told of news while Odoo is closed."),
        _t(
            "Allow notifications, then click “Tell this device”. Private windows cannot be told; in Brave, switch on Google services for push messaging."
        )
    );
}

function checkQuiet({quiet}) {
    if (!quiet) {
        return null;
    }
    return warning(
        "quiet",
        _t("Your quiet hours are now: nothing pops up."),
        _t("That is your own choice. The test below is shown all the same.")
    );
}

function checkChoices({choices}) {
    const off = choices.filter(({choice}) => !["native", "push"].includes(choice));
    if (!off.length) {
        return good("choices", _t("You chose to be notified of everything."));
    }
    return warning(
        "choices",
        off.map(({label, words}) => `${label}: ${words}`).join(" · "),
        _t(
            "That is your own choice. Change it in your preferences, under Notifications."
        )
    );
}

function checkCompany({textsOn}) {
    if (textsOn) {
        return good("company", _t("Your company notifies about incoming texts."));
    }
    return warning(
        "company",
        _t("Your company does not notify about incoming texts."),
        _t("An administrator can switch it on in the settings of Communication.")
    );
}

/**
 * The checks as a text to send to whoever helps.
 *
 * @param {Check[]} checks
 * @param {String} browserName what the browser says it is
 * @param {String} result what became of the last test notification
 * @param {{label: String, state: String, words: String}[]} ways what became of it in each way
 * @returns {String}
 */
export function reportOf(checks, browserName, result, ways = []) {
    const marks = {good: "✓", warning: "!", bad: "✗", waiting: "…"};
    return [
        _t("Notifications of Odoo"),
        new Date().toISOString(),
        browserName,
        ...checks.map(({state, title}) => `${marks[state]} ${title}`),
        result,
        ...ways.map(({label, state, words}) => `${marks[state]} ${label}: ${words}`),
    ]
        .filter(Boolean)
        .join("\n");
}

const BROWSERS = [
    ["Edge", /Edg(?:A|iOS)?\/(\d+)/],
    ["Opera", /OPR\/(\d+)/],
    ["Samsung Internet", /SamsungBrowser\/(\d+)/],
    ["Firefox", /(?:Firefox|FxiOS)\/(\d+)/],
    ["Chrome", /(?:Chrome|CriOS)\/(\d+)/],
    ["Safari", /Version\/([\d.]+).*Safari/],
];

/**
 * Name and version of a browser as people know it.
 *
 * @param {String} agent what the browser says it is
 */
export function nameOf(agent) {
    for (const [name, pattern] of BROWSERS) {
        const version = agent.match(pattern)?.[1];
        if (version) {
            return `${name} ${version}`;
        }
    }
    return agent;
}
