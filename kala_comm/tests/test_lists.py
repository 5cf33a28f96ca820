"""What Odoo offers in every list by itself: to search, to group and to duplicate."""

from lxml import etree

from odoo import Command
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from .common import KalaCommon


@tagged("post_install", "-at_install")
class TestLists(KalaCommon):
    def test_sc4_every_list_can_be_searched(self):
        """LO5, BR2, AD3: what one types into the search of a list, and each of its filters, finds
        or finds nothing; it never fails."""
        lists = self.env["ir.ui.view"].search([("model", "=like", "kala.%"), ("type", "=", "list")])
        for model in sorted(set(lists.mapped("model"))):
            records = self.env[model].with_user(self.env.ref("base.user_admin"))
            arch = records.get_views([(False, "search")])["views"]["search"]["arch"]
            for node in etree.fromstring(arch).iter("field", "filter"):
                with self.subTest(model=model, name=node.get("name")):
                    self._use(records, node)

    def _use(self, records, node):
        """Do what the web client does with a part of a search view."""
        domain = node.get("filter_domain") or node.get("domain")
        if node.tag == "field" and not domain:
            domain = f"[({node.get('name')!r}, 'ilike', self)]"
        if domain:
            records.search_count(safe_eval(domain, {"self": "x", "uid": self.env.uid}))
        groups = safe_eval(node.get("context") or "{}").get("group_by")
        if groups:
            records.formatted_read_group([], [groups], ["__count"])

    def test_lo5_a_communication_is_found_by_its_text(self):
        """LO5: in filters of tasks a communication is looked up by what is written in it."""
        log = self.env["kala.communication"]
        found = log.create(
            {
                "channel": "sms",
                "direction": "in",
                "company_id": self.company.id,
                "body": "About the roof",
                "contact_kind": "raw",
                "contact_value": "x",
            }
        )
        self.assertEqual(log.name_search("the roof"), [(found.id, "About the roof")])
        self.assertFalse(
            self.env["mail.activity"].search([("kala_communication_id", "ilike", "the roof")])
        )

    def test_re1_duplicates(self):
        """RE1, ST3, MX2, BR1: "Duplicate" makes another one, that is nobody's default and knows
        the provider's id of none; a mass send is of the user who duplicates it."""
        admin = self.env.ref("base.user_admin")
        self.sms_line.write({"is_default": True, "external_id": "one"})
        line = self.sms_line.with_user(admin).copy()
        self.assertFalse(line.is_default or line.external_id)
        self.assertTrue(self.sms_line.is_default)
        status = self.env.ref("kala_comm.order_status_sent").with_user(self.manager).copy()
        self.assertEqual(status.state, "sent")
        kind = self.env.ref("kala_comm.status_type_won").with_user(self.manager)
        self.assertEqual([kind.copy().code, kind.copy().code], ["won_2", "won_3"])
        self.assertEqual(kind.copy({"code": "own"}).code, "own")
        parser = self.env["kala.email.parser"].create(
            {
                "name": "Form",
                "sender": "form@example.com",
                "field_ids": [Command.create({"target": "phone", "expression": "Phone"})],
            }
        )
        self.assertEqual(len(parser.with_user(self.manager).copy().field_ids), 1)
        mass = self.env["kala.mass.send"].with_user(self.salesman).create({"name": "Sale"})
        self.assertEqual(mass.with_user(self.manager).copy().user_id, self.manager)
