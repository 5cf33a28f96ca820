"""EM4–EM6: addresses that e-mails come from, verified by a code from their mailbox."""

import re

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from odoo.addons.mail.tests.common import MockEmail

from .test_automation import AutomationCase


class SenderCase(AutomationCase, MockEmail):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"street": "1 Herzl", "city": "Haifa", "phone": "+972 4 123 4567"})

    def sender(self, email="office@our.example.com", user=None, **values):
        senders = self.env["kala.sender"].with_user(user or self.manager)
        return senders.create({"email": email, "name": "Office", **values})

    def mailed(self, sender):
        """:return: the code that was mailed now"""
        with self.mock_mail_gateway(mail_unlink_sent=True):
            sender.action_send_code()
        mail = self._mails[-1]
        self.assertEqual(mail["email_to"], [sender.email])
        return re.search(r"\b(\d{6})\b", mail["body"])[1]

    def wrong(self, code):
        return f"{(int(code) + 1) % 10**6:06d}"

    def pass_pause(self, seconds):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE kala_sender_code SET date = date - %s * interval '1 second'", [seconds]
        )
        self.env.invalidate_all()

    def codes(self, sender):
        return self.env["kala.sender.code"].search([("email", "=", sender.email)])

    def verified(self, **values):
        sender = self.sender(**values)
        sender.action_verify(self.mailed(sender))
        return sender


@tagged("post_install", "-at_install")
class TestSender(SenderCase):
    def test_em4_a_code_by_mail_verifies(self):
        """EM4: six digits, by mail, typed with a space in the middle."""
        sender = self.sender(email="Office <Office@OUR.example.com>")
        self.assertEqual((sender.email, sender.state), ("office@our.example.com", "pending"))
        code = self.mailed(sender)
        self.assertTrue(sender.action_verify(f"{code[:3]} {code[3:]} "))
        self.assertEqual((sender.state, sender.notice), ("verified", False))
        self.assertFalse(sender.action_verify(code), "used twice")
        with self.assertRaisesRegex(UserError, "verified already"):
            sender.action_send_code()

    def test_em4_the_code_is_kept_as_a_hash(self):
        """EM4: each with a salt of its own; nobody reads salt or hash, and no mail stays."""
        sender = self.sender()
        code = self.mailed(sender)
        row = self.codes(sender)
        self.assertEqual((len(row.salt), len(row.digest)), (32, 64))
        self.assertNotIn(code, f"{row.salt}{row.read()}")
        root = self._make_user("root", "base.group_system")
        with self.assertRaises(AccessError):
            row.with_user(root).read(["digest"])
        self.assertFalse(self.env["mail.mail"].search([("email_to", "=", sender.email)]))
        other = self.env["kala.sender.code"]
        self.assertNotEqual(
            other._digest(sender, "a", code), other._digest(sender, "b", code), "salted"
        )

    def test_em4_five_tries(self):
        """EM4: after five wrong codes the right one counts no more; the sentence says so."""
        sender = self.sender()
        code = self.mailed(sender)
        for left in (4, 3, 2, 1, 0):
            self.assertFalse(sender.action_verify(self.wrong(code)))
            self.assertIn(f"tries left: {left}", sender.notice)
        self.assertFalse(sender.action_verify(code))
        self.assertIn("tried 5 times", sender.notice)
        self.assertEqual(sender.state, "pending")

    def test_em4_ten_minutes(self):
        """EM4: valid for ten minutes, not longer."""
        for minutes, fits in ((9, True), (11, False)):
            sender = self.sender(email=f"m{minutes}@our.example.com")
            code = self.mailed(sender)
            self.pass_pause(minutes * 60)
            self.assertEqual(sender.action_verify(code), fits)
            self.assertEqual("valid for 10 minutes" in (sender.notice or ""), not fits)

    def test_em4_another_code_after_a_pause(self):
        """EM4: the pause says how many seconds are left, doubles, and the older code is void."""
        sender = self.sender()
        first = self.mailed(sender)
        with self.assertRaisesRegex(UserError, r"in (60|59|58|57) seconds"):
            sender.action_send_code()
        self.pass_pause(61)
        second = self.mailed(sender)
        if first != second:
            self.assertFalse(sender.action_verify(first))
        self.pass_pause(61)
        with self.assertRaisesRegex(UserError, r"in (59|58|57|56) seconds"):
            sender.action_send_code()
        self.assertTrue(sender.action_verify(second))

    def test_em4_brute_force_is_closed(self):
        """EM4: who removes the sender and adds it again gets neither tries nor codes by it; a day
        of trying gives some fifty tries of a million codes."""
        sender = self.sender()
        code = self.mailed(sender)
        for _n in range(5):
            sender.action_verify(self.wrong(code))
        sender.unlink()
        again = self.sender()
        self.assertFalse(again.action_verify(code))
        with self.assertRaisesRegex(UserError, "seconds"):
            again.action_send_code()
        waited = 0
        while waited < 24 * 3600:
            self.pass_pause(60)
            waited += 60
            try:
                self.mailed(again)
            except UserError:
                continue
        self.assertLessEqual(len(self.codes(again)), 12)

    def test_em4_codes_to_strangers(self):
        """EM4: one user mails a limited number of codes, to whatever addresses."""
        with self.mock_mail_gateway():
            for n in range(30):
                self.sender(email=f"x{n}@example.com").action_send_code()
            with self.assertRaisesRegex(UserError, "within a day"):
                self.sender(email="x30@example.com").action_send_code()
            self.sender(email="y@example.com", user=self.salesman).action_send_code()

    def test_em4_an_address_is_verified_for_itself(self):
        """EM4: nobody turns a verified address into another one, nor writes the state."""
        sender = self.verified()
        with self.assertRaisesRegex(UserError, "cannot be changed"):
            sender.email = "boss@bank.example.com"
        for vals in ({"state": "verified"}, {"user_id": self.salesman.id}, {"notice": "x"}):
            with self.assertRaises(AccessError):
                self.sender(email="z@example.com").write(vals)
        with self.assertRaises(AccessError):
            self.sender(email="q@example.com", state="verified")
        sender.write({"email": "OFFICE@our.example.com", "name": "Our Office"})
        self.assertEqual(sender.state, "verified")

    def test_em4_bad_input(self):
        """EM4: what is no address, is there already, or has no name, is refused with a sentence."""
        for email in ("office", "office@", "a@b.example.com, c@d.example.com", " ", "או@"):
            with self.subTest(email=email), self.assertRaises(UserError):
                self.sender(email=email)
        with self.assertRaisesRegex(ValidationError, "fixed text"):
            self.sender(email="n@example.com", name="{{ company_name }}")
        sender = self.sender()
        self.mailed(sender)
        for code in (False, "", "12345", "abcdef", "1234567", "'; --", "٣٣٣٣٣٣"):
            self.codes(sender).tries = 0
            self.assertFalse(sender.action_verify(code))

    def test_em4_footer_of_the_company(self):
        """EM4: prefilled from the company; no markup of it gets into the mail."""
        sender = self.sender(footer_name="<b>Shop</b>")
        self.assertIn("Herzl", sender.footer_address)
        footer = sender._footer()
        self.assertIn("&lt;b&gt;Shop", footer)
        self.assertIn("Haifa", footer)
        sender.write(dict.fromkeys(["footer_name", "footer_address", "footer_phone"], False))
        sender.footer_website = False
        self.assertEqual(sender._footer(), "")

    def test_em5_who_chooses_changes_and_removes(self):
        """EM5: own, team, company; managers all; the stranger of another company none."""
        team = self.env["crm.team"].create({"name": "North", "user_id": self.colleague.id})
        mate = self._make_user("mate", "sales_team.group_sale_salesman")
        self.env["crm.team.member"].create(
            [{"crm_team_id": team.id, "user_id": u.id} for u in (self.salesman, mate)]
        )
        outsider = self._make_user("outsider", "sales_team.group_sale_salesman")
        sender = self.sender(user=self.salesman)
        #: shared → who reads it beside its owner and managers
        table = {
            "own": set(),
            "team": {mate, self.colleague},
            "company": {mate, self.colleague, outsider},
        }
        for shared, readers in table.items():
            sender.shared = shared
            for user in (mate, self.colleague, outsider, self.stranger, self.clerk):
                with self.subTest(shared=shared, user=user.login):
                    mine = sender.with_user(user)
                    self.assertEqual(mine.has_access("read"), user in readers)
                    self.assertFalse(mine.has_access("write") or mine.has_access("unlink"))
                    with self.assertRaises(AccessError):
                        mine.action_send_code()
                    with self.assertRaises(AccessError):
                        mine.action_verify("123456")
                    with self.assertRaises(AccessError):
                        mine.action_open_remove()
        self.assertTrue(sender.with_user(self.manager).has_access("unlink"))

    def test_em6_one_in_use_stays(self):
        """EM6: the message names the rules, also a stopped one; a removed one starts anew."""
        sender = self.verified()
        rule = self.automate("crm.lead", {"kala_sender_id": sender.id}, name="Greeting")
        rule.active = False
        with self.assertRaisesRegex(UserError, "Greeting"):
            sender.unlink()
        rule.action_server_ids.kala_sender_id = False
        sender.unlink()
        self.assertEqual(self.sender().state, "pending")

    def test_em6_the_word(self):
        """EM6: removal is confirmed by typing the word."""
        sender = self.verified()
        wizard = self.env["kala.sender.remove"].browse(sender.action_open_remove()["res_id"])
        for word in ("", "yes", "remov"):
            wizard.word = word
            with self.assertRaisesRegex(UserError, "Type the word"):
                wizard.with_user(self.manager).action_remove()
        wizard.word = " Remove "
        wizard.with_user(self.manager).action_remove()
        self.assertFalse(sender.exists())

    def test_em4_the_dialog(self):
        """EM4: a wrong code keeps the dialog, with what is wrong; the right one closes it."""
        sender = self.sender()
        code = self.mailed(sender)
        opened = sender.action_open_verify()
        wizard = self.env["kala.sender.verify"].with_user(self.manager).browse(opened["res_id"])
        wizard.code = self.wrong(code)
        self.assertEqual(wizard.action_confirm()["res_id"], wizard.id)
        self.assertIn("tries left: 4", wizard.notice)
        wizard.code = code
        self.assertEqual(wizard.action_confirm()["type"], "ir.actions.act_window_close")
        self.assertEqual(sender.state, "verified")


@tagged("post_install", "-at_install")
class TestSenderUse(SenderCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._make_mailbox()
        cls.template = cls.env["kala.template"].create(
            {"name": "T", "channel": "email", "subject": "Hello", "body": "Hello {{ first_name }}"}
        )

    def send(self, sender):
        """:return: the e-mail of a rule, queued"""
        self.automate(
            "crm.lead",
            {"kala_channel": "email", "kala_sender_id": sender.id},
            template=self.template,
            trigger="on_create",
        )
        return self.sent(self.lead(email_from="dana@example.com", contact_name="Dana"))

    def test_em1_from_the_sender_with_the_footer(self):
        """EM1, EM4: From is the verified sender, answers come to our mailbox, the footer is under
        the text."""
        sender = self.verified()
        message = self.send(sender)
        self.assertEqual(message.sender_id, sender)
        self.run_email_job()
        mail = self.env["mail.mail"].search([("mail_message_id", "=", message.mail_message_id.id)])
        self.assertEqual(mail.email_from, '"Office" <office@our.example.com>')
        self.assertEqual(mail.reply_to, "sales@our.example.com")
        self.assertIn("Hello Dana", mail.body_html)
        self.assertIn("Haifa", mail.body_html)

    def test_em3_a_rule_with_an_unverified_sender(self):
        """EM3: it cannot be chosen; a rule whose sender is refused later says so, and stops when
        it would send."""
        with self.assertRaisesRegex(ValidationError, "warnings"):
            self.send(self.sender(email="new@our.example.com"))
        sender = self.verified()
        self.send(sender)
        sender.sudo().state = "unverified"
        self.assertFalse(self.sent(self.lead(email_from="noa@example.com")))
        action = self.env["ir.actions.server"].search([("kala_sender_id", "=", sender.id)])
        self.assertIn("not verified", action.warning)
        self.assertFalse(action.base_automation_id.active)

    def test_em6_refused_after_it_was_queued(self):
        """EM6: what waits does not leave from a sender that is refused by now."""
        sender = self.verified()
        message = self.send(sender)
        sender.sudo().state = "unverified"
        self.run_email_job()
        self.assertEqual((message.state, message.failure_kind), ("failed", "sender"))
        self.assertIn("not verified", message.failure_reason)

    def test_em6_a_bounce_that_says_not_allowed(self):
        """EM6: the sender is unverified, and its owner hears of it; a wrong recipient is none of
        its business."""
        #: what a server says → whether it refuses the sender
        table = {
            "550 5.7.60 SMTP; Client does not have permissions to send as this sender": True,
            "550-5.7.26 Unauthenticated email from example.com is not accepted": True,
            "550 5.7.23 The message was rejected because of SPF": True,
            "554 5.2.252 SendAsDenied; not allowed to send as office@": True,
            "553 5.7.1 Sender address rejected: not owned by user x": True,
            "SMTPSenderRefused: 530 Authentication required": True,
            "550 5.1.1 no such user": False,
            "550 5.7.1 You are not allowed to send to this group": False,
            "552 5.2.2 mailbox full": False,
            "": False,
        }
        sender = self.verified()
        message = self.send(sender)
        for said, refused in table.items():
            with self.subTest(said=said):
                sender.sudo().write({"state": "verified", "notice": False})
                self.env["kala.sender"].sudo()._note_refusal(message, said)
                self.assertEqual(sender.state, "unverified" if refused else "verified")
                self.assertEqual(bool(sender.notice), refused)
        told = self.env["mail.message"].search([("subject", "ilike", "may not send")])
        self.assertEqual(told.partner_ids, self.manager.partner_id)
        self.assertEqual(len(told), sum(table.values()))

    def test_em6_the_bounce_itself(self):
        """EM6: as the mail server's notice comes in."""
        sender = self.verified()
        message = self.send(sender)
        self.run_email_job()
        notice = self.env["mail.thread"]
        raw = NOTICE.format(uid=message.mail_message_id.message_id)
        notice.message_process("crm.lead", raw)
        self.assertEqual(sender.state, "unverified")
        self.assertIn("send as this sender", sender.notice)


NOTICE = """From: MAILER-DAEMON@example.com
To: bounce@our.example.com
Subject: Undelivered Mail Returned to Sender
Message-ID: <bounce-1@example.com>
Date: Sun, 22 Nov 2026 10:00:00 +0200
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=utf-8

It could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; dana@example.com
Action: failed
Status: 5.7.60
Diagnostic-Code: smtp; 550 5.7.60 Client does not have permissions to send as this sender

--b
Content-Type: message/rfc822

Message-ID: {uid}
From: office@our.example.com
To: dana@example.com
Subject: Hello

Hello
--b--
"""
