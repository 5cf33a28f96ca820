import {checkNotifications, nameOf} from "@kala_comm/notification_test/checks";
import {beforeEach, describe, expect, test} from "@odoo/hoot";
import {allowTranslations} from "@web/../tests/web_test_helpers";

const ALL_WELL = {
    secure: true,
    encrypted: true,
    supported: true,
    browserName: "Chrome 141",
    permission: "granted",
    worker: true,
    connected: true,
    canPush: true,
    registered: true,
    quiet: false,
    textsOn: true,
    choices: [{family: "text", label: "Texts", choice: "push", words: "Everywhere"}],
};

function states(seen) {
    const checks = checkNotifications({...ALL_WELL, ...seen});
    return Object.fromEntries(checks.map(({key, state}) => [key, state]));
}

function saidOf(key, seen) {
    const checks = checkNotifications({...ALL_WELL, ...seen});
    const {state, title, advice} = checks.find((one) => one.key === key);
    return {state, title: String(title), advice: String(advice)};
}

describe.current.tags("headless");
beforeEach(allowTranslations);

test("NO3: where all is well, every check says so", () => {
    expect(new Set(Object.values(states({})))).toEqual(new Set(["good"]));
});

test("NO3: secure because it is this computer is told from https", () => {
    expect(saidOf("secure", {}).title).toInclude("https");
    expect(saidOf("secure", {encrypted: false}).title).toInclude("localhost");
    expect(saidOf("secure", {encrypted: false}).state).toBe("good");
    expect(saidOf("secure", {encrypted: false, secure: false}).state).toBe("bad");
});

test("NO4: a device that is not told, one that cannot be, and who does not want it", () => {
    expect(states({registered: false}).push).toBe("warning");
    expect(saidOf("push", {registered: false}).advice).toInclude("Tell this device");
    expect(saidOf("push", {registered: false, canPush: false}).advice).toInclude(
        "https"
    );
    const choices = [{family: "text", label: "Texts", choice: "native", words: "x"}];
    expect(states({registered: false, choices}).push).toBe(undefined);
    expect(states({choices}).choices).toBe("good");
});

test("NO3: what one chose oneself, and quiet hours, are said", () => {
    const choices = [
        {family: "text", label: "Texts", choice: "off", words: "Not at all"},
    ];
    expect(saidOf("choices", {choices}).title).toBe("Texts: Not at all");
    expect(states({quiet: true}).quiet).toBe("warning");
});

test("NO3: a browser is called as people call it", () => {
    const chrome =
        "Mozilla/5.0 (X11) AppleWebKit/537.36 Chrome/141.0.0.0 Safari/537.36";
    expect(nameOf(chrome)).toBe("Chrome 141");
    expect(nameOf(`${chrome} Edg/141.0.0.0`)).toBe("Edge 141");
    expect(nameOf("Mozilla/5.0 (X11; rv:145.0) Gecko/20100101 Firefox/145.0")).toBe(
        "Firefox 145"
    );
    expect(nameOf("Mozilla/5.0 (Mac) AppleWebKit/605 Version/18.1 Safari/605")).toBe(
        "Safari 18.1"
    );
    expect(nameOf("Something else")).toBe("Something else");
});
