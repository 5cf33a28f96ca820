from odoo.tests import tagged

from .common import DANA
from .tour_common import SCREENS, TourCommon


@tagged("post_install", "-at_install")
class TestCompose(TourCommon):
    """SE3: where there is no conversation to write in, the answer box stands in a dialog."""

    def test_se3_from_a_list(self):
        """SE3, TE1, TE5: from the list of leads, in English and in Hebrew."""
        file = self.env["ir.attachment"].create(
            {"name": "price.pdf", "raw": b"price", "res_model": "kala.template"}
        )
        self.env["kala.template"].create(
            {
                "name": "Welcome",
                "channel": "sms",
                "body": "Hello {{first_name}}",
                "attachment_ids": file.ids,
            }
        )
        self.kitchen.type = "opportunity"
        action = self.env.ref("crm.crm_lead_action_pipeline")
        path = f"/odoo/action-{action.id}?view_type=list"
        for size, lang in SCREENS[:2]:
            with self.subTest(size=size, lang=lang):
                self.tour(path, "kala_comm_compose", size, lang, has_axe=True)
                sent = self.kitchen.kala_communication_ids
                self.assertEqual((sent.body, sent.channel), ("Hello Dana", "sms"))
                self.assertEqual(sent.contact_value, DANA)
                self.assertEqual(sent.attachment_ids.mapped("raw"), [b"price"])
                sent.unlink()

    def test_se3_the_action_says_what_is_written_to(self):
        """SE3: channel, number and the message that is answered go into the dialog."""
        message = self.log(self.kitchen, direction="in", body="Hi", contact_value=DANA)
        asked = {"kala_channel": "sms", "kala_number": DANA, "kala_reply_to": message.id}
        action = self.kitchen.with_context(**asked).action_kala_compose()
        self.assertEqual(action["tag"], "kala_comm.compose")
        self.assertEqual(
            action["params"],
            {
                "model": "crm.lead",
                "res_id": self.kitchen.id,
                "composer": action["params"]["composer"],
                "channel": "sms",
                "number": DANA,
                "reply_to": message.id,
            },
        )

    def test_se3_what_a_button_has_filled_in_is_in_the_dialog(self):
        """ME2, WA6: an invitation keeps its text, a failed message its address; one's own draft
        stays beside, and nobody opens the composer of somebody else."""
        asked = self.kitchen.with_user(self.manager).with_context(kala_channel="sms")
        composers = self.env["kala.composer"].with_user(self.manager)
        made = asked.action_kala_compose()["params"]["composer"]
        composers.browse(made).body = "Write to us: https://t.me/x"
        facts = composers.open_box("crm.lead", self.kitchen.id, composer=made)
        self.assertEqual((facts["id"], facts["body"]), (made, "Write to us: https://t.me/x"))
        for other in (self.kitchen.copy(), self.dana):
            facts = composers.open_box(other._name, other.id, composer=made)
            self.assertNotEqual(facts.get("id"), made)
        boss = composers.with_user(self.env.ref("base.user_admin"))
        facts = boss.open_box("crm.lead", self.kitchen.id, composer=made)
        self.assertTrue(facts["id"] and facts["id"] != made)
        self.assertFalse(facts["body"])
