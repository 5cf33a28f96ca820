"""ME2, AU2: rules tell colleagues by Telegram."""

from odoo.tests import tagged

from odoo.addons.kala_comm.tests.rule_common import RuleCommon

from .test_flow import TelegramCommon


@tagged("post_install", "-at_install")
class TestEmployees(RuleCommon, TelegramCommon):
    def test_me2_responsible_performer_leader(self):
        """ME2: responsible, performer and team leader join the bot once, by a link made on their
        contact; then a rule tells each of them, in a chat of his own. Who has not joined is left
        out with the reason, and the customer hears nothing."""
        chats = {"rita": "601", "paul": "602", "lena": "603"}
        staff = {name: self._make_user(name) for name in (*chats, "nick")}
        for name, chat in chats.items():
            token = self.token_of(staff[name].partner_id)
            self.say(who=int(chat), text=f"/start {token}")
        told = self.template("telegram", "{{ record_name }}: {{ staff_link }}")
        steps = [
            {"audience": audience, "channel": "telegram", "template_id": told.id}
            for audience in ("responsible", "performer", "team_leader")
        ]
        performer = self.env["ir.model.fields"]._get("crm.lead", "write_uid")
        rule = self.rule(
            trigger="assigned",
            steps=steps,
            performer_field_id=performer.id,
        )
        team = self.env["crm.team"].create({"name": "T", "user_id": staff["lena"].id})
        self.env["crm.team.member"].create(
            [{"crm_team_id": team.id, "user_id": staff[name].id} for name in ("rita", "nick")]
        )
        for name, expected in (("rita", ["601", "602", "603"]), ("nick", ["602", "603"])):
            with self.subTest(responsible=name):
                lead = self.lead("Roof", phone="+972502345678", team_id=team.id)
                self.env.flush_all()
                lead.write({"user_id": staff[name].id, "team_id": team.id})
                self.env.flush_all()
                self.env.cr.execute(
                    "UPDATE crm_lead SET write_uid = %s WHERE id = %s",
                    [staff["paul"].id, lead.id],
                )
                self.env.invalidate_all()
                self.run_rules()
                rows = self.rows(rule).filtered(lambda row, lead=lead: row.res_id == lead.id)
                sent = rows.communication_id.filtered(lambda c: c.state != "failed")
                self.assertEqual(sorted(sent.mapped("contact_value")), expected)
                self.assertEqual(set(sent.mapped("channel")), {"telegram"})
                self.assertIn("Roof: http", sent[0].body)
                self.assertEqual(sent.lead_id, lead)
        self.assertIn("no address", rows.filtered(lambda r: r.state == "left_out").reason)
