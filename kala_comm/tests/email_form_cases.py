"""MX2: form e-mails and patterns, and what each finds: the tables that test_email.py reads."""

from odoo.addons.kala_comm.tools import email_form

#: method, what to look for, text or HTML → what is found (MX2)
FORMS = [
    (email_form.by_label, "Phone", "Name: Dana\nPhone: 050-234-5678\n", "050-234-5678"),
    (email_form.by_label, "phone:", "PHONE 050", ""),
    (email_form.by_label, "Phone", "Phone:\n\n050-234-5678", "050-234-5678"),
    (email_form.by_label, "Phone", "*Phone:* 050-234-5678", "050-234-5678"),
    (email_form.by_label, "Phone", "Phones: none\nPhone - 03-1234567", "03-1234567"),
    (email_form.by_label, "טלפון", "\u200fטלפון: 050-234-5678", "050-234-5678"),
    (email_form.by_label, "Phone", "", ""),
    (email_form.by_pattern, r"order (\d+)", "your order 17 and order 18", "17"),
    (email_form.by_pattern, r"order (\d+)", "no such thing", ""),
    (
        email_form.by_cell,
        "Name",
        "<table><tr><td>Name:</td><td>Rina  Levi</td></tr></table>",
        "Rina Levi",
    ),
    (
        email_form.by_cell,
        "Name",
        "<table><tr><th>Name</th><th></th></tr><tr><td>Rina</td><td>x</td></tr></table>",
        "Rina",
    ),
    (email_form.by_cell, "Name", "<p>Name: Rina</p>", ""),
    (email_form.by_cell, "Name", "<table", ""),
    (
        email_form.by_cell,
        "Name",
        '<?xml version="1.0" encoding="utf-8"?><table><tr><td>Name</td><td>Rina</td></tr></table>',
        "Rina",
    ),
    (email_form.by_label, "Phone", "Phone: \u200e050-234-5678\u200f", "050-234-5678"),
    # Marks and hard blanks stand anywhere in Hebrew and in what editors make.
    (email_form.by_label, "טלפון", "\u202bטלפון\u200f: 050-234-5678\u202c", "050-234-5678"),
    (email_form.by_label, "Telefon :", "Telefon\u00a0: 050-234-5678", "050-234-5678"),
    (email_form.by_cell, "טלפון :", "<table><tr><td>טלפון:\u200f</td><td>050</td></table>", "050"),
    (email_form.by_label, ":", "\nName: Rina", ""),
    # A field that was left empty is not the next one.
    (email_form.by_label, "Phone", "Phone:\nName: Rina", ""),
    (email_form.by_label, "Phone", "Phone:\n\n*Name:* Rina", ""),
    (email_form.by_label, "Phone", "Phone:\n\nName:\nRina", ""),
    (email_form.by_label, "When", "When:\n10:30 at the gate", "10:30 at the gate"),
    (email_form.by_label, "Site", "Site:\nhttps://example.com", "https://example.com"),
    (
        email_form.by_cell,
        "Phone",
        "<table><tr><td>Phone</td><td></td></tr><tr><td>Name</td><td>Rina</td></tr></table>",
        "",
    ),
    (
        email_form.by_cell,
        "Phone",
        "<table><tr><th>Phone</th><td> </td></tr><tr><th>Name</th><td>Rina</td></tr></table>",
        "",
    ),
    (
        email_form.by_cell,
        "Name",
        "<table><tr><th>Name</th><th>City</th></tr><tr><td>Rina</td><td>Haifa</td></tr></table>",
        "Rina",
    ),
    (email_form.by_cell, "Name", "<table><tr><td>Name</td></tr><tr><td>Rina</td></table>", "Rina"),
    # A cell belongs to its innermost table: one for the layout, one for a label, one for a value.
    (
        email_form.by_cell,
        "Name",
        "<table><tr><td>Our site<table><tr><td>Name</td><td>Rina</td></tr></table></td>"
        "<td>Haifa</td></tr></table>",
        "Rina",
    ),
    (
        email_form.by_cell,
        "Name",
        "<table><tr><td><table><tr><td>Name</td></tr></table></td>"
        "<td><table><tr><td>Rina <b>Levi</b></td></tr></table></td></tr></table>",
        "Rina Levi",
    ),
    (
        email_form.by_cell,
        "Name",
        "<table><tr><td><!-- x -->Na<b>me</b><!-- y -->:</td><td>Ri<i>na</i></td></tr></table>",
        "Rina",
    ),
    (email_form.by_cell, "Name", "<table><tr><td>Name<td>Rina", "Rina"),
]

#: One form e-mail read by all fields of a rule, which know each other: HTML, what is found by
#: the cells Name, Phone and City, and after the label Notes (MX2)
WHOLE_FORMS = [
    # A head of plain cells: a label follows the label.
    (
        "<table><tr><td>Name</td><td>Phone</td><td>City</td></tr>"
        "<tr><td>Rina</td><td>050-234-5678</td><td>Haifa</td></tr></table>",
        ("Rina", "050-234-5678", "Haifa", None),
    ),
    # Two fields in a row, with an empty one.
    (
        "<table><tr><td>Name</td><td>Rina</td><td>Phone</td><td>050-234-5678</td></tr>"
        "<tr><td>City</td><td></td><td>Street</td><td>Main</td></tr></table>",
        ("Rina", "050-234-5678", None, None),
    ),
    # Free text begins as its writer likes; another field of the rule is none of it.
    ("<p>Notes:<br/>Hello: I want a roof</p>", (None, None, None, "Hello: I want a roof")),
    ("<p>Notes:<br/>City: Haifa</p>", (None, None, None, None)),
]

BAD_PATTERNS = [
    "(",
    "no group",
    "(a)(b)",
    "(a+)+",
    "(" + "a" * 400 + ")",
    # Each takes for ever on a text that almost fits.
    "((?:a+))+b",
    "(?:a|a)*(b)",
    "(?:a|aa)+$(b)",
    r"(?:\w+\s?)*(x)",
    r"(?:.*a){20}(b)",
    r"(?:ab|aba?|b)*(c)",
    r"^(?:[\s\S]*[\s\S]*[\s\S]*)(b)$",
    "(" * 150 + ")" * 150,
    r"(a{99999999999999})",
]
GOOD_PATTERNS = [
    r"order (\d+)",
    r"Phone:\s*\n?\s*([+\d][\d\s\-]+)",
    r"(?i)e-?mail[: ]+(\S+@\S+)",
    r"Ref #(A-\d+)/\d+",
    r"שם[:\s]+([^\n]+)",
    r"(?s)From:.*?Name: (.+?)\n",
]
