import json

from odoo.tests import BaseCase, tagged

from odoo.addons.kala_comm.tools.messages import (
    DeliveryReport,
    HttpAnswer,
    IncomingMessage,
    Unusable,
)

from ..tools import gateway

VALUES = {
    "to": "0502345678",
    "from": "Galil & Co",
    "text": 'שלום "you" <b> & {{password}}\nline 2',
    "key": "k1",
    "callback_url": "https://odoo.example/kala/webhook/t?key=k1",
    "username": "user",
    "password": "s3cret&",
    "basic": gateway.basic("user", "s3cret&"),
}


def answer(status, content):
    return HttpAnswer(status, {}, content)


@tagged("post_install", "-at_install")
class TestGatewayRequest(BaseCase):
    """SM1: requests described by settings; SC3: values cannot break out of them."""

    def test_url(self):
        url = gateway.render_url("https://g.example/send?t={{to}}&m={{ text }}", VALUES)
        self.assertEqual(
            url,
            "https://g.example/send?t=0502345678&m=%D7%A9%D7%9C%D7%95%D7%9D%20%22you%22"
            "%20%3Cb%3E%20%26%20%7B%7Bpassword%7D%7D%0Aline%202",
        )

    def test_form(self):
        data, content_type = gateway.render_body(
            "form", "to={{to}}\nsender = {{from}}\nfixed=1=2\n\n", VALUES
        )
        self.assertEqual(data, b"to=0502345678&sender=Galil+%26+Co&fixed=1%3D2")
        self.assertEqual(content_type, "application/x-www-form-urlencoded")

    def test_json(self):
        template = '{"to": ["{{to}}"], "text": "{{text}}", "n": 1, "id": "x-{{key}}"}'
        data, content_type = gateway.render_body("json", template, VALUES)
        self.assertEqual(
            json.loads(data),
            {"to": ["0502345678"], "text": VALUES["text"], "n": 1, "id": "x-k1"},
        )
        self.assertEqual(content_type, "application/json")

    def test_xml(self):
        data, content_type = gateway.render_body("xml", '<sms to="{{to}}">{{text}}</sms>', VALUES)
        self.assertEqual(
            data.decode(),
            '<sms to="0502345678">שלום &quot;you&quot; &lt;b&gt; &amp; {{password}}\nline 2</sms>',
        )
        self.assertEqual(content_type, "application/xml")

    def test_no_body(self):
        self.assertEqual(gateway.render_body("none", "ignored", VALUES), (None, None))

    def test_headers(self):
        headers = gateway.render_headers("Authorization: Basic {{basic}}\nX-Text: {{text}}", VALUES)
        self.assertEqual(headers["Authorization"], "Basic dXNlcjpzM2NyZXQm")
        self.assertNotIn("\n", headers["X-Text"])

    def test_text_of_a_person_is_not_rendered(self):
        """SC3: a placeholder inside a text stays as it is."""
        self.assertIn("{{password}}", gateway.render("{{text}}", VALUES))

    def test_settings(self):
        self.assertEqual(gateway.read_lines("a = 1\n\n b=2=3 "), {"a": "1", "b": "2=3"})
        for wrong in ("a", "= 1"):
            with self.subTest(wrong), self.assertRaises(ValueError):
                gateway.read_lines(wrong)
        self.assertEqual(gateway.read_words(" 0, ok ,,"), ("0", "ok"))
        self.assertEqual(gateway.unknown_placeholders("{{to}} {{pass}} {{ x.y }}"), ["pass", "x.y"])
        self.assertEqual(gateway.unknown_placeholders(None), [])


@tagged("post_install", "-at_install")
class TestGatewayAnswer(BaseCase):
    """DE1, DE2, DE3: each answer ends in a state."""

    def test_paths(self):
        nested = '{"messages": [{"status": 0, "id": "m1"}], "ok": true}'
        xml = '<?xml version="1.0"?><r:Result xmlns:r="u"><r:Id> 7 </r:Id></r:Result>'
        for content, path, expected in [
            (nested, "messages.0.status", "0"),
            (nested, "messages.0.id", "m1"),
            (nested, "messages.1.id", ""),
            (nested, "messages", ""),
            (nested, "nothing.here", ""),
            (xml, "Id", "7"),
            (xml, "Result.Id", "7"),
            (xml, "Result.None", ""),
            ("OK 12345\n", r"/^OK (\d+)/", "12345"),
            ("OK 12345\n", r"/^OK/", "OK"),
            ("ERR 3", r"/^OK (\d+)/", ""),
            (" OK \n", "", "OK"),
            ("<html", "a.b", ""),
            ("", "a", ""),
        ]:
            with self.subTest(content=content, path=path):
                self.assertEqual(gateway.find(content, path), expected)

    def test_entities_are_not_read(self):
        xml = '<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]><r><id>&e;</id></r>'
        self.assertEqual(gateway.find(xml, "id"), "")

    def test_states(self):
        rules = gateway.AnswerRules(
            success_path="status",
            success_values=("0", "ok"),
            id_path="id",
            error_path="error.code",
            kinds={"4": "credit", "slow": "limit"},
        )
        for status, content, expected in [
            (200, '{"status": 0, "id": 7}', ("sent", "", "7")),
            (201, '{"status": "ok"}', ("sent", "", "")),
            (200, '{"status": 4}', ("failed", "credit", "")),
            (200, '{"status": 9}', ("failed", "rejected", "")),
            (200, '{"error": {"code": "slow"}}', ("retry", "limit", "")),
            (400, '{"error": {"code": "4"}}', ("failed", "credit", "")),
            (400, "no", ("failed", "rejected", "")),
            (401, "no", ("failed", "connection", "")),
            (200, "<html>", None),
            (200, "", None),
            (200, "{}", None),
            (302, "", None),
            (429, "", None),
            (500, '{"status": 0}', None),
        ]:
            with self.subTest(status=status, content=content):
                result = gateway.read_answer(answer(status, content), rules)
                found = result and (
                    result.state,
                    result.failure_kind,
                    result.provider_uid,
                )
                self.assertEqual(found, expected)

    def test_without_rules_every_2xx_accepts(self):
        result = gateway.read_answer(answer(202, "whatever"), gateway.AnswerRules())
        self.assertEqual(result.state, "sent")

    def test_plain_text(self):
        rules = gateway.AnswerRules(
            success_path="/^(OK)/",
            success_values=("OK",),
            id_path=r"/^OK (\d+)/",
            error_path="/^ERR (.*)/",
        )
        for content, expected in [
            ("OK 99", ("sent", "99", "")),
            ("ERR no such user", ("failed", "", "no such user")),
        ]:
            result = gateway.read_answer(answer(200, content), rules)
            self.assertEqual((result.state, result.provider_uid, result.failure_reason), expected)
        self.assertIsNone(gateway.read_answer(answer(200, "<html>"), rules))

    def test_secrets_in_errors_are_masked(self):
        """SC2"""
        rules = gateway.AnswerRules(error_path="/.*/")
        result = gateway.read_answer(answer(400, "bad password=s3cret"), rules)
        self.assertNotIn("s3cret", result.failure_reason)


@tagged("post_install", "-at_install")
class TestGatewayEvent(BaseCase):
    def test_usual_names(self):
        """MA6: whatever the gateway calls them, sender and text are found."""
        for values in (
            {"from": "0502345678", "to": "0722776772", "text": "hi", "id": "1"},
            {"msisdn": "0502345678", "to": "0722776772", "text": "hi", "messageId": 1},
            {"Phone": "0502345678", "DEST": "0722776772", "Message": "hi", "id": "1"},
        ):
            with self.subTest(values):
                self.assertEqual(
                    gateway.read_event(values, {}, {}),
                    [
                        IncomingMessage(
                            channel="sms",
                            uid="1",
                            contact_value="0502345678",
                            line_address="0722776772",
                            body="hi",
                        )
                    ],
                )

    def test_links_to_files(self):
        """What came beside the text is a file, whatever the gateway calls it and however it lists
        its links, and the links can be read."""
        one, two = "https://g.example/m/roof.jpg", "https://cdn.example/2?sig=a%2Fb"
        names = {"media": "parts.files"}
        for values, own, links in (
            ({"media": one}, {}, [one]),
            ({"MediaUrl0": one, "MediaUrl1": two, "NumMedia": "2"}, {}, [one, two]),
            ({"media_urls": f"{one}, {two}"}, {}, [one, two]),
            ({"attachments": [{"type": "image", "url": one}, {"href": two}]}, {}, [one, two]),
            ({"images[]": [one, one]}, {}, [one]),
            ({"parts": {"files": [two]}}, names, [two]),
            ({"media": "no link", "image_url": None, "files": 7}, {}, []),
            ({"media": "https://[broken"}, {}, ["https://[broken"]),
        ):
            with self.subTest(values):
                [message] = gateway.read_event({"from": "05", "text": "", **values}, own, {})
                self.assertEqual([file.url for file in message.files], links)
                self.assertEqual(message.details, "\n".join(links))
                self.assertEqual(message.kind, "file" if links else "text")
        [message] = gateway.read_event({"from": "05", "media": one}, {}, {})
        self.assertEqual(message.files[0].name, "roof.jpg")
        self.assertEqual(message.files[0].kind, "image")
        # A message with a status word that says nothing of a state, and a file but no text.
        [message] = gateway.read_event({"from": "05", "status": "new", "media": one}, {}, {})
        self.assertTrue(message.files)

    def test_configured_names(self):
        body = {"results": [{"a.b": "05", "x": {"y": "hi"}}, "odd", {"a.b": "06"}]}
        names = {"items": "results", "from": "a.b", "text": "x.y"}
        found = gateway.read_event(body, names, {})
        self.assertEqual([(m.contact_value, m.body) for m in found], [("05", "hi"), ("06", "")])

    def test_an_event_without_the_list(self):
        """AD3: what comes without the list that the others have is read, not lost."""
        names = {"items": "results"}
        (message,) = gateway.read_event({"from": "05", "text": "hi"}, names, {})
        self.assertEqual((message.contact_value, message.body), ("05", "hi"))
        (item,) = gateway.read_event({"results": None}, names, {})
        self.assertIsInstance(item, Unusable)

    def test_reports(self):
        for values, states, expected in [
            ({"id": "1", "status": "DELIVRD"}, {}, ("delivered", "1", "k")),
            (
                {"id": "1", "status": "delivered", "key": "own"},
                {},
                ("delivered", "1", "own"),
            ),
            (
                {"id": "1", "status": "2"},
                {"delivered": ("2",)},
                ("delivered", "1", "k"),
            ),
            ({"id": "1", "status": "delivered"}, {"delivered": ("2",)}, ("", "1", "k")),
            ({"id": "1", "status": "odd"}, {}, ("", "1", "k")),
            ({"id": "1", "status": "sent", "text": "echoed"}, {}, ("sent", "1", "k")),
        ]:
            with self.subTest(values=values, states=states):
                (report,) = gateway.read_event(values, {}, states, key="k")
                self.assertIsInstance(report, DeliveryReport)
                self.assertEqual((report.state, report.uid, report.key), expected)

    def test_sent_on_another_channel(self):
        """ME3: a partner of Viber says that it sent an SMS instead, by a word of its own for the
        state or by the name of the channel."""
        for values, names, states, expected in [
            ({"id": "1", "status": "DELIVRD", "channel": "SMS"}, {}, {}, ("delivered", "sms")),
            ({"id": "1", "status": "DELIVRD", "channel": "viber"}, {}, {}, ("delivered", "viber")),
            ({"id": "1", "status": "DELIVRD", "channel": "pigeon"}, {}, {}, ("delivered", "")),
            ({"id": "1", "status": "delivered_sms"}, {}, {}, ("delivered", "sms")),
            (
                {"id": "1", "status": "77"},
                {},
                {"delivered as sms": ("77",)},
                ("delivered", "sms"),
            ),
            (
                {"id": "1", "status": "DELIVRD", "leg": {"type": "sms"}},
                {"channel": "leg.type"},
                {},
                ("delivered", "sms"),
            ),
            ({"id": "1", "status": "UNDELIV", "channel": "sms"}, {}, {}, ("failed", "sms")),
            ({"id": "1", "status": "DELIVRD", "channel": ["x"]}, {}, {}, ("delivered", "")),
        ]:
            with self.subTest(values=values):
                (report,) = gateway.read_event(values, names, states)
                self.assertEqual((report.state, report.sent_as), expected)

    def test_failure(self):
        values = {"id": "1", "status": "UNDELIV", "err-code": "Absent"}
        (report,) = gateway.read_event(values, {}, {})
        self.assertEqual(
            (report.state, report.failure_kind, report.failure_reason, report.code),
            ("failed", "rejected", "Absent", "UNDELIV"),
        )

    def test_not_understood(self):
        """AD3: kept, with what to do."""
        (item,) = gateway.read_event({"x": "1"}, {}, {})
        self.assertIsInstance(item, Unusable)
        self.assertEqual(item.raw, {"x": "1"})
        for body in ("text", None, [], [1]):
            self.assertEqual(gateway.read_event(body, {}, {}), [])
