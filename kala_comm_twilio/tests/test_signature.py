from odoo.tests import BaseCase, tagged

from ..tools import signature

TOKEN = "12345"
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
URL_WITH_PORT = "https://mycompany.com:443/myapp.php?foo=1&bar=2"
CALL = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675309",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
}
BODY = b'{"property": "value", "boolean": true}'
BODY_DIGEST = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"


@tagged("post_install", "-at_install")
class TestSignature(BaseCase):
    """SC1: X-Twilio-Signature, with the published vectors of docs/providers.md, 3.3."""

    def test_vectors(self):
        for url, pairs, expected in [
            (URL, CALL.items(), "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
            (URL_WITH_PORT, CALL.items(), "kvajT1Ptam85bY51eRf/AJRuM3w="),
            (f"{URL}&bodySHA256={BODY_DIGEST}", (), "a9nBmqA0ju/hNViExpshrM61xv4="),
        ]:
            with self.subTest(url=url):
                self.assertEqual(signature.sign(TOKEN, url, pairs), expected)

    def test_with_and_without_the_default_port(self):
        for expected in (
            "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
            "kvajT1Ptam85bY51eRf/AJRuM3w=",
        ):
            for url in (URL, URL_WITH_PORT):
                with self.subTest(expected=expected, url=url):
                    self.assertTrue(signature.is_signed(TOKEN, expected, [url], CALL.items()))

    def test_refused(self):
        right = "RSOYDt4T1cUTdK1PDd93/VVr8B8="
        changed = {**CALL, "Digits": "12345"}
        for name, token, given, url, values in [
            ("another token", "54321", right, URL, CALL),
            ("another value", TOKEN, right, URL, changed),
            ("a value less", TOKEN, right, URL, {"CallSid": CALL["CallSid"]}),
            ("another path", TOKEN, right, URL.replace("myapp", "yourapp"), CALL),
            ("another scheme", TOKEN, right, URL.replace("https", "http"), CALL),
            ("no signature", TOKEN, None, URL, CALL),
            ("empty signature", TOKEN, "", URL, CALL),
            ("not ASCII", TOKEN, "חתימה", URL, CALL),
        ]:
            with self.subTest(name):
                self.assertFalse(signature.is_signed(token, given, [url], values.items()))

    def test_one_of_several_addresses_is_enough(self):
        urls = ["http://10.0.0.7:8069/myapp.php?foo=1&bar=2", URL]
        self.assertTrue(
            signature.is_signed(TOKEN, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", urls, CALL.items())
        )

    def test_url_spellings(self):
        for url, other in [
            ("https://a.example/x?y=1", "https://a.example:443/x?y=1"),
            ("http://a.example/x", "http://a.example:80/x"),
            ("https://a.example:8443/x", "https://a.example/x"),
        ]:
            with self.subTest(url):
                self.assertEqual(signature.url_spellings(url), {url, other})

    def test_repeated_names(self):
        """Distinct values, sorted: the order in the form and doubles do not matter."""
        one = signature.sign(TOKEN, URL, [("a", "2"), ("b", "x"), ("a", "1"), ("a", "2")])
        two = signature.sign(TOKEN, URL, [("b", "x"), ("a", "1"), ("a", "2")])
        self.assertEqual(one, two)
        self.assertNotEqual(one, signature.sign(TOKEN, URL, [("b", "x"), ("a", "1")]))

    def test_raw_pairs_keep_every_byte(self):
        """What cannot be stored (NUL, broken UTF-8) is signed as it came."""
        body = b"Body=%00+%FF%D7%A9&FromCity=&To=%2B972"
        self.assertEqual(
            signature.raw_pairs(body),
            [(b"Body", b"\x00 \xff\xd7\xa9"), (b"FromCity", b""), (b"To", b"+972")],
        )
        text = [("Body", "שלום"), ("FromCity", "")]
        form = b"Body=%D7%A9%D7%9C%D7%95%D7%9D&FromCity="
        self.assertEqual(
            signature.sign(TOKEN, URL, signature.raw_pairs(form)),
            signature.sign(TOKEN, URL, text),
        )

    def test_body_digest(self):
        self.assertTrue(signature.is_body_digest(BODY_DIGEST, BODY))
        self.assertTrue(signature.is_body_digest(BODY_DIGEST.upper(), BODY))
        for digest, body in [
            (BODY_DIGEST, BODY + b" "),
            ("", BODY),
            (None, BODY),
            ("é", b""),
        ]:
            with self.subTest(digest=digest):
                self.assertFalse(signature.is_body_digest(digest, body))
