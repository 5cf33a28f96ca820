import {linesOf, saidOf, titleOf} from "@kala_comm/notification/words";
import {describe, expect, test} from "@odoo/hoot";

const MESSAGE = {
    family: "text",
    channel_name: "WhatsApp",
    record: "",
    contact: "050-234-5678",
    contact_name: "",
    customer: "",
    subject: "",
    text: "When do you come?",
};

function said(facts) {
    return saidOf({...MESSAGE, ...facts}).map(({kind, words}) => `${kind}: ${words}`);
}

describe.current.tags("headless");

test("NO2: person, record, number and the latest lead, the person first", () => {
    expect(said({customer: "Dana Levi", record: "S00021", subject: "Kitchen"})).toEqual(
        [
            "customer: Dana Levi",
            "record: S00021",
            "number: 050-234-5678",
            "subject: Kitchen",
        ]
    );
});

test("NO2: the latest lead is not said twice, where the message is on it", () => {
    expect(
        said({customer: "Dana Levi", record: "Kitchen", subject: "Kitchen"})
    ).toEqual(["customer: Dana Levi", "record: Kitchen", "number: 050-234-5678"]);
});

test("NO2: a lead that is called after its sender and text says neither again", () => {
    const record = "Dana: When do you…";
    expect(said({contact_name: "Dana", record, subject: record})).toEqual([
        "customer: Dana",
        "number: 050-234-5678",
    ]);
});

test("NO2: a lead of an earlier message says only what it was about", () => {
    const record = "Dana: Do you paint?";
    expect(said({contact_name: "Dana", record, subject: record})).toEqual([
        "customer: Dana",
        "record: Do you paint?",
        "number: 050-234-5678",
    ]);
});

test("NO2: a number in another spelling is the same number", () => {
    const record = "+972 50-234-5678: WhatsApp";
    expect(said({record, contact_name: "\u200e+972 50 234 5678"})).toEqual([
        "customer: \u200e+972 50 234 5678",
    ]);
});

test("NO2: a customer's own message says his name once", () => {
    expect(said({customer: "Dana Levi", record: "dana  levi"})).toEqual([
        "customer: Dana Levi",
        "number: 050-234-5678",
    ]);
});

test("NO2: of a withheld number there is the record at least", () => {
    expect(said({contact: "", record: "WhatsApp"})).toEqual(["record: WhatsApp"]);
});

test("NO2: news about a record begins with the record", () => {
    expect(said({family: "lead", record: "Kitchen", customer: "Dana Levi"})).toEqual([
        "record: Kitchen",
        "customer: Dana Levi",
        "number: 050-234-5678",
    ]);
});

test("NO3: the popup of the browser says the rest below its title", () => {
    const facts = {...MESSAGE, customer: "Dana Levi", record: "Kitchen"};
    expect(linesOf(facts)).toBe("Kitchen · 050-234-5678\nWhen do you come?");
});

test("NO2: what is too long is cut off between letters that one reads as one", () => {
    const long = `${"é".normalize("NFD").repeat(80)}`;
    expect(titleOf({...MESSAGE, customer: long})).toBe(
        `${"é".normalize("NFD").repeat(59)}…`
    );
    const body = linesOf({...MESSAGE, customer: "Dana", text: "👨‍👩‍👧".repeat(300)});
    expect(body.split("\n")[1]).toBe(`${"👨‍👩‍👧".repeat(199)}…`);
});

test("NO2: beside Hebrew a phone number keeps the order of its parts", () => {
    const facts = {
        ...MESSAGE,
        contact: "+972 50-234-5678",
        customer: "דנה",
        record: "מטבח",
    };
    expect(linesOf(facts).split("\n")[0]).toBe(
        "\u2068מטבח\u2069 · \u2068+972 50-234-5678\u2069"
    );
});
