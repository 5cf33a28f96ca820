"""Telling people that their messages were read (WA1)."""

import json

from jsonschema import Draft202012Validator

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import CUSTOMER, load, meta_text
from .test_flow import MetaFlow, accepted, refused


@tagged("post_install", "-at_install")
class TestReadMarks(MetaFlow):
    def setUp(self):
        super().setUp()
        self.connection.marks_read = True
        self.first = self.receive(meta_text("One", uid="wamid.1"))
        self.lead_of = self.first.lead_id
        self.lead_of.user_id = self.salesman
        self.last = self.receive(meta_text("Two", uid="wamid.2"))

    def told(self, *answers):
        """:return: bodies of what Meta is told"""
        with self.fake(*answers) as meta:
            with self.job() as env:
                env["kala.read.mark"]._cron_run()
            self.env.invalidate_all()
        return [json.loads(body) for _path, _authorization, body in meta.calls]

    def test_opened(self):
        """WA1: who opens the communications of a record has read the newest message of the
        contact; Meta is told once."""
        for _n in range(2):
            self.lead_of.with_user(self.salesman).kala_seen()
        [body] = self.told((200, {"success": True}))
        self.assertEqual(
            body, {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.2"}
        )
        document = load("meta_send_schema.json")
        schema = document["components"]["schemas"]["MarkMessageRequestPayload"]
        Draft202012Validator({**document, **schema}).validate(body)
        self.assertEqual((self.first.read_mark, self.last.read_mark), (False, "told"))
        self.lead_of.with_user(self.salesman).kala_seen()
        self.assertEqual(self.told(), [])

    def test_answered(self):
        """WA1: who answers has read; an automation has not."""
        self.lead_of.with_context(kala_priority=1).sudo().kala_send("whatsapp", body="Auto")
        self.assertFalse(self.last.read_mark)
        self.lead_of.with_user(self.salesman).kala_send("whatsapp", body="Hello")
        self.env.invalidate_all()
        self.assertEqual((self.first.read_mark, self.last.read_mark), (False, "wanted"))

    def test_one_message_is_looked_at(self):
        self.first.with_user(self.salesman).kala_seen()
        self.env.invalidate_all()
        self.assertEqual((self.first.read_mark, self.last.read_mark), ("wanted", False))

    def test_off(self):
        """WA1: without the setting nothing is told."""
        self.connection.marks_read = False
        self.lead_of.with_user(self.salesman).kala_seen()
        self.lead_of.with_user(self.salesman).kala_send("whatsapp", body="Hello")
        self.last.kala_seen()
        self.env.invalidate_all()
        self.assertFalse(self.last.read_mark)

    def test_failures_disturb_nobody(self):
        """WA1: what Meta does not take is let be: no error, no second try, no paused line."""
        self.lead_of.with_user(self.salesman).kala_seen()
        self.assertEqual(len(self.told(refused(401, 190))), 1)
        self.assertEqual((self.last.read_mark, self.last.state), ("told", "received"))
        self.assertEqual(self.connection.state, "connected")
        third = self.receive(meta_text("Three", uid="wamid.3"))
        third.kala_seen()
        self.connection.api_url = "http://127.0.0.1:1"
        with self.job() as env:
            env["kala.read.mark"]._cron_run()
        third.invalidate_recordset()
        self.assertEqual(third.read_mark, "told")

    def test_paused(self):
        """DE5: a connection that is paused tells nothing; it does when it is back."""
        self.last.kala_seen()
        self.connection._set_state("paused", "x")
        self.assertEqual(self.told(), [])
        self.connection._set_state("connected")
        self.assertEqual(len(self.told(accepted("wamid.x"))), 1)

    def test_rights(self):
        """LO8: nobody marks what he may not read, and old messages stay as they are."""
        passer = self._make_user("passer-by", "sales_team.group_sale_salesman")
        with self.assertRaises(AccessError):
            self.lead_of.with_user(passer).kala_seen()
        with self.assertRaises(AccessError):
            self.last.with_user(passer).kala_seen()
        old = self.log(
            self.lead_of,
            direction="in",
            channel="whatsapp",
            provider_uid="wamid.0",
            connection_id=self.connection.id,
            line_id=self.last.line_id.id,
            contact_value=f"+{CUSTOMER}9",
            date=self.now.replace(year=self.now.year - 1),
        )
        self.lead_of.kala_seen()
        old.invalidate_recordset()
        self.assertFalse(old.read_mark)

    def test_queries(self):
        """Looking at many records asks as much as looking at one."""
        leads = self.lead_of
        for n in range(4):
            leads |= self.receive(
                meta_text("Hi", uid=f"wamid.q{n}", **{"from": f"97252234567{n}"})
            ).lead_id
        self.env.flush_all()
        counts = []
        for records in (leads[:1], leads[1:]):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            records.kala_seen()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])
