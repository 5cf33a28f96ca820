from odoo.tests import tagged

from odoo.addons.kala_comm.tools.messages import InboundFile, IncomingMessage

from .common import DANA, NOA, KalaCommon

GROUP = "972502345678-1400000000@g.us"


class CircumstancesCommon(KalaCommon):
    def receive(self, *messages, **values):
        """:param messages: dicts of fields of an IncomingMessage
        :return: the items"""
        return self.take(
            *(
                IncomingMessage(
                    **{
                        "channel": "whatsapp",
                        "uid": f"wamid-{self._next()}",
                        "contact_value": DANA,
                        "line_address": self.whatsapp_line.address,
                        "body": "Hello",
                        **message,
                    }
                )
                for message in messages or (values,)
            )
        )


@tagged("post_install", "-at_install")
class TestAdvertisements(CircumstancesCommon):
    """RE1, MA11: the advertisement that a message came from is readable on it, and gives the new
    lead its source, medium and campaign."""

    AD = {"ad_id": "1202263058548107", "ad_name": "Chat with us", "details": "Came from “Chat”"}

    def test_re1_source_of_the_lead(self):
        message = self.receive(**self.AD).communication_id
        ad = message.ad_id
        self.assertEqual((ad.name, ad.external_id), ("Chat with us", "1202263058548107"))
        self.assertEqual(message.lead_id.source_id, ad.source_id)
        self.assertEqual(ad.source_id.name, "Chat with us (1202263058548107)")
        self.assertEqual(message.details, "Came from “Chat”")
        self.assertIn("Came from “Chat”", message.mail_message_id.body)

    def test_re1_mapping(self):
        """What a manager sets on the advertisement comes before the line's."""
        sources, mediums = self.env["utm.source"], self.env["utm.medium"]
        self.whatsapp_line.write(
            {
                "source_id": sources.create({"name": "Site"}).id,
                "medium_id": mediums.create({"name": "Number"}).id,
            }
        )
        ad = self.receive(**self.AD).communication_id.ad_id
        ad = ad.with_user(self.manager)
        ad.source_id = paid = sources.create({"name": "Paid"})
        ad.campaign_id = summer = self.env["utm.campaign"].create({"name": "Summer"})
        lead = self.receive(contact_value=NOA, **self.AD).communication_id.lead_id
        self.assertEqual((lead.source_id, lead.campaign_id), (paid, summer))
        self.assertEqual(lead.medium_id.name, "Number")
        ad.source_id = False
        lead = self.receive(contact_value="+972532345678", **self.AD).communication_id.lead_id
        self.assertEqual(lead.source_id.name, "Site")

    def test_re1_one_advertisement_of_many(self):
        """Same headline, other advertisement; and a known one is not made again."""
        other = {**self.AD, "ad_id": "77"}
        items = self.receive(
            self.AD, {**other, "contact_value": NOA}, {**self.AD, "contact_value": "+972532345678"}
        )
        ads = items.communication_id.mapped("ad_id")
        self.assertEqual(len(ads), 2)
        self.assertEqual(len(ads.source_id), 2)

    def test_re1_without_a_headline(self):
        ad = self.receive(ad_id="77", details="x").communication_id.ad_id
        self.assertEqual((ad.name, ad.source_id.name), ("77", "77"))

    def test_re1_odd_headlines(self):
        """SC3: what stands in a headline is text, and two that look alike stay two."""
        for n, name in enumerate(("50% off", "50_ off", "a\\b", "x" * 500, "<b>מבצע</b>", "[2]")):
            for ad_id in (f"{n}-1", f"{n}-2"):
                with self.subTest(name=name, ad=ad_id):
                    number = f"+97252{3000000 + n * 10 + int(ad_id[-1])}"
                    values = {"ad_id": ad_id, "ad_name": name, "contact_value": number}
                    lead = self.receive(**values).communication_id.lead_id
                    self.assertIn(ad_id, lead.source_id.name)

    def test_re1_known_lead_keeps_its_source(self):
        source = self.env["utm.source"].create({"name": "Fair"})
        lead = self.lead(phone=DANA, source_id=source.id)
        message = self.receive(**self.AD).communication_id
        self.assertEqual((message.lead_id, lead.source_id), (lead, source))
        self.assertTrue(message.ad_id)

    def test_sc4_rights(self):
        ad = self.receive(**self.AD).communication_id.ad_id
        self.assertTrue(ad.with_user(self.salesman).has_access("read"))
        self.assertFalse(ad.with_user(self.salesman).has_access("write"))
        self.assertFalse(ad.with_user(self.stranger).has_access("read"))
        self.assertFalse(ad.with_user(self.clerk).has_access("read"))


@tagged("post_install", "-at_install")
class TestGroups(CircumstancesCommon):
    """What is written in a group is no enquiry of the member who wrote it."""

    SAID = {
        "group": GROUP,
        "contact_kind": "whatsapp",
        "contact_value": GROUP,
        "contact_name": "Dana",
    }

    def counts(self):
        models = ("crm.lead", "mail.activity", "kala.communication", "kala.consent")
        return [self.env[model].search_count([]) for model in models]

    def test_ignored(self):
        before = self.counts()
        items = self.receive(self.SAID, {**self.SAID, "echo": True}, {**self.SAID, "body": "STOP"})
        self.assertEqual(set(items.mapped("state")), {"done"})
        self.assertEqual(set(items.mapped("result")), {"group"})
        self.assertEqual(self.counts(), before)

    def test_kept(self):
        self.whatsapp_line.group_messages = "log"
        leads, tasks, messages, consents = self.counts()
        items = self.receive(self.SAID, {**self.SAID, "echo": True}, {**self.SAID, "body": "STOP"})
        kept = items.communication_id
        self.assertEqual(self.counts(), [leads, tasks, messages + 3, consents])
        self.assertFalse(kept.filtered("res_id"))
        self.assertEqual(kept.mapped("direction"), ["in", "out", "in"])
        self.assertEqual(set(kept.mapped("contact_value")), {GROUP})
        self.assertTrue(kept[0].with_user(self.manager).has_access("read"))
        self.assertFalse(kept[0].with_user(self.colleague).has_access("read"))

    def test_member_is_not_a_stranger(self):
        """His own message beside it is his."""
        lead = self.lead(phone=DANA)
        items = self.receive(self.SAID, {"body": "To you alone"})
        self.assertEqual(items.communication_id.lead_id, lead)


@tagged("post_install", "-at_install")
class TestFileNames(CircumstancesCommon):
    """WA4: a file has the ending by which programs open it."""

    def test_wa4_endings(self):
        message = self.receive(
            files=(InboundFile(kind="document", name="x", mimetype="application/pdf"),)
        ).communication_id
        for name, mimetype, expected in (
            ("Offer for Mr. Cohen", "application/pdf", "Offer for Mr. Cohen.pdf"),
            ("Offer", "application/pdf", "Offer.pdf"),
            ("Offer v1.2", "application/pdf", "Offer v1.2.pdf"),
            ("הצעה 3.5", "image/png", "הצעה 3.5.png"),
            ("offer.pdf", "application/pdf", "offer.pdf"),
            ("OFFER.PDF", "application/pdf", "OFFER.PDF"),
            ("photo.jpeg", "image/jpeg", "photo.jpeg"),
            ("drawing.dwgx", "application/octet-stream", "drawing.dwgx"),
            ("notes.txt", "text/plain", "notes.txt"),
        ):
            with self.subTest(name):
                message._keep_file(1, {"name": name}, name.encode(), mimetype)
                self.assertEqual(message.attachment_ids.sorted("id")[-1].name, expected)
