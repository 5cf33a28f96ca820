"""MX1, LO1: e-mails in encodings that are damaged, named wrong or by names of their own."""

import base64

from odoo.tests import TransactionCase, tagged

from odoo.addons.kala_comm.tools import charset

from .test_email import EmailCommon

SHALOM = "שלום, מתי יוצאים?"
#: Name in a message → an encoding that Python knows.
NAMES = {
    "csISO88598I": "iso8859-8",
    "csISO88598E": "iso8859-8",
    "iso-8859-8-i": "iso8859-8",
    "ISO-8859-8-E": "iso8859-8",
    "iso8859-8-i": "iso8859-8",
    "logical": "iso8859-8",
    "visual": "iso8859-8",
    "x-windows-1255": "cp1255",
    "x-cp1255": "cp1255",
    "cswindows1255": "cp1255",
    "windows1255": "cp1255",
    "cp-1255": "cp1255",
    "ansi-1255": "cp1255",
    "unicode-1-1-utf-7": "utf-7",
    "x-unicode-2-0-utf-7": "utf-7",
    "csUTF8": "utf-8",
    "x-unicode20utf8": "utf-8",
    "utf8mb4": "utf-8",
    "unicode": "utf-16",
}
OTHERS = {
    "x-sjis": ("こんにちは", "cp932"),
    "windows-31j": ("こんにちは", "cp932"),
    "x-gbk": ("你好", "gb18030"),
    "csGB2312": ("你好", "gb18030"),
    "ks_c_5601-1989": ("안녕하세요", "cp949"),
    "csISOLatin9": ("où, €", "iso8859-15"),
    "windows-874": ("สวัสดี", "cp874"),
    "x-mac-roman": ("où", "mac-roman"),
    "koi8-ru": ("Привет", "koi8-u"),
}
#: bytes, the name that their message says → what is read
TEXTS = (
    (SHALOM.encode(), "utf-8", SHALOM),
    (SHALOM.encode()[:-2], "utf-8", SHALOM[:-2] + "\ufffd"),
    (b"Hello\xd7", "utf-8", "Hello\ufffd"),
    (b"Hi \xff" + SHALOM.encode(), "utf-8", "Hi \ufffd" + SHALOM),
    (b"\xd9" + SHALOM.encode("cp1255"), "windows-1255", "\ufffd" + SHALOM),
    # Named wrong as a whole.
    (SHALOM.encode("cp1255"), "utf-8", SHALOM),
    (SHALOM.encode(), "us-ascii", SHALOM),
    (SHALOM.encode("cp1255"), "x-nobody", SHALOM),
    (SHALOM.encode("cp1255"), None, SHALOM),
    (SHALOM.encode("cp1255"), "unknown-8bit", SHALOM),
    ("où êtes-vous?".encode("cp1252"), None, "où êtes-vous?"),
    # Names of what is no text's encoding.
    (b"abc\xff", "base64", "abc\xff"),
    (b"abc", "zip", "abc"),
)


def word(raw, name):
    return f"=?{name}?B?{base64.b64encode(raw).decode()}?="


class TestCharset(TransactionCase):
    def test_names(self):
        """MX1: encodings by any of the names that programs give them."""
        for name, (text, encoding) in {
            **{name: (SHALOM, encoding) for name, encoding in NAMES.items()},
            **OTHERS,
        }.items():
            with self.subTest(name=name):
                self.assertEqual(charset.read(text.encode(encoding), name)[0], text)
                self.assertEqual(text.encode(encoding).decode(name), text, "a name of Python's")

    def test_damaged_and_wrong(self):
        """MX1: what is damaged is read but for that; what is named wrong is guessed."""
        for raw, name, text in TEXTS:
            with self.subTest(raw=raw, name=name):
                self.assertEqual(charset.read(raw, name)[0], text)


@tagged("post_install", "-at_install")
class TestEmailRead(EmailCommon):
    def get(self, uid, text, to="sales@our.example.com", subject=b"s", head=""):
        """:param bytes text: body with the headers of its kind
        :return: the communication"""
        raw = f"From: {uid}@client.example.org\nTo: {to}\nMessage-Id: <{uid}@example.com>\n{head}"
        raw = raw.encode() + b"Subject: " + subject + b"\nMIME-Version: 1.0\n" + text
        self.env["mail.thread"].message_process("crm.lead", raw)
        return self.logged(uid)

    def plain(self, raw, name, encoding="8bit"):
        head = f"Content-Type: text/plain; charset={name}\nContent-Transfer-Encoding: {encoding}"
        return head.encode() + b"\n\n" + raw

    def test_names_in_subject_and_body(self):
        """MX1, MA11: subject, title of the lead and text can be read."""
        for n, (name, encoding) in enumerate(NAMES.items()):
            with self.subTest(name=name):
                raw = SHALOM.encode(encoding)
                body = self.plain(base64.encodebytes(raw), name, "base64")
                mail = self.get(f"n{n}", body, subject=word(raw, name).encode())
                self.assertEqual((mail.subject, mail.lead_id.name), (SHALOM, SHALOM))
                self.assertEqual(mail.body.strip(), SHALOM)

    def test_subjects(self):
        """MX1: encoded words of encodings that nobody has, cut in the middle of a letter, and raw
        bytes."""
        utf_8, hebrew = SHALOM.encode(), SHALOM.encode("cp1255")
        subjects = (
            word(hebrew, "x-nobody").encode(),
            word(hebrew, "unknown-8bit").encode(),
            hebrew,
            utf_8,
            f"{word(utf_8[:7], 'utf-8')}\n {word(utf_8[7:], 'utf-8')}".encode(),
        )
        for n, subject in enumerate(subjects):
            with self.subTest(subject=subject):
                mail = self.get(f"s{n}", self.plain(b"x", "utf-8"), subject=subject)
                self.assertEqual((mail.subject, mail.lead_id.name), (SHALOM, SHALOM))

    def test_damaged_bodies(self):
        """LO1: a body that lost a byte can be read but for that; also beside a kept original."""
        for n, (raw, name, text) in enumerate(TEXTS):
            with self.subTest(raw=raw, name=name):
                mail = self.get(f"d{n}", self.plain(raw, name or "''"))
                self.assertEqual(mail.body.strip(), text)
                source = self.plain(raw, name or "''")
                head = f"From: o{n}@client.example.org\nTo: sales@our.example.com\n"
                head += f"Message-Id: <o{n}@example.com>\nMIME-Version: 1.0\n"
                self.env["mail.thread"].message_process(
                    "crm.lead", head.encode() + source, save_original=True
                )
                self.assertEqual(self.logged(f"o{n}").body.strip(), text)

    def test_files_stay_as_they_are(self):
        """LO1: a file of text is kept to the last byte, whatever its message says of it."""
        raw = b"a;\xff\xd7\r\n"
        body = b"Content-Type: multipart/mixed; boundary=abc\n\n--abc\nContent-Type: text/csv; "
        body += b'charset=utf-8; name="a.csv"\nContent-Disposition: attachment; filename="a.csv"\n'
        body += b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(raw) + b"\n--abc--\n"
        self.assertEqual(self.get("file", body).attachment_ids.raw, raw)

    def test_other_mailboxes_behave_as_odoo_does(self):
        """MX1: what comes to a mailbox that is none of ours is read as Odoo reads it; an answer in
        the thread of a lead is ours."""
        for n, (raw, name) in enumerate(
            (
                (SHALOM.encode("cp1255"), "utf-8"),
                (SHALOM.encode()[:-2], "utf-8"),
                (SHALOM.encode("cp1255"), "us-ascii"),
            )
        ):
            with self.subTest(raw=raw):
                mail = self.get(f"e{n}", self.plain(raw, name), to="x@elsewhere.example.net")
                self.assertEqual(mail.body.strip(), raw.decode(name, "replace"))
        answer = self.get(
            "answer",
            self.plain(SHALOM.encode("cp1255"), "utf-8"),
            to="catchall@elsewhere.example.net",
            head="In-Reply-To: <e0@example.com>\n",
        )
        self.assertEqual(answer.body.strip(), SHALOM)
