"""QU4: an address that thousands of records share costs no more than the part that is looked at."""

from collections import Counter
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from odoo.addons.kala_comm.models.inbound.kala_matcher import CROWD
from odoo.addons.kala_comm.models.inbound.values import Sender
from odoo.addons.kala_comm.tests.common import DANA, KalaCommon
from odoo.addons.kala_comm.tools.phone import ContactKey

RECORDS = 3000


@tagged("post_install", "-at_install")
class TestCrowd(KalaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.cr.execute(
            """WITH made AS (
                   INSERT INTO crm_lead (name, type, active, company_id, stage_id, won_status,
                                         priority, kala_contact_keys, create_date)
                   SELECT 'crowd', 'lead', TRUE, %(company)s, %(stage)s, 'pending', '0', 'filled',
                          now() - interval '10 days'
                     FROM generate_series(1, %(count)s)
                RETURNING id
               ), points AS (
                   INSERT INTO kala_contact_point (kind, value, res_model, res_id)
                   SELECT 'phone', %(phone)s, 'crm.lead', id FROM made
               )
               INSERT INTO kala_communication (company_id, channel, direction, state, date,
                                               contact_kind, contact_value, res_model, res_id,
                                               lead_id, recency_pending)
               SELECT %(company)s, 'sms', 'in', 'received', now() - id %% 999 * interval '1 minute',
                      'phone', %(phone)s, 'crm.lead', id, id, FALSE
                 FROM made""",
            {
                "company": cls.company.id,
                "stage": cls.env["crm.stage"].search([("is_won", "=", False)], limit=1).id,
                "count": RECORDS,
                "phone": DANA,
            },
        )
        cls.env.cr.execute("ANALYZE crm_lead, kala_contact_point, kala_communication")

    def plan_of(self, work):
        """:return: list of the nodes of the plans by which work finds its candidates"""
        cr, nodes = self.env.cr, []
        execute = cr.execute

        def explained(query, *values, **options):
            if isinstance(query, str) and "WITH sender AS" in query:
                execute("EXPLAIN (ANALYZE, FORMAT JSON) " + query, *values)
                waiting = [cr.fetchone()[0][0]["Plan"]]
                while waiting:
                    nodes.append(waiting.pop())
                    waiting += nodes[-1].get("Plans", [])
            return execute(query, *values, **options)

        with patch.object(cr, "execute", explained):
            work()
        return nodes

    def test_qu4_a_crowd_is_looked_at_in_part(self):
        """QU4: of the records and of the messages of such an address only so many are read, and
        each once."""
        sender = Sender(keys=((ContactKey("phone", DANA), 0),), date=fields.Datetime.now())
        matches = []
        nodes = self.plan_of(
            lambda: matches.extend(self.env["kala.matcher"]._match(self.company, [sender]))
        )
        self.assertEqual((matches[0].model, matches[0].rule), ("crm.lead", "lead"))
        read = Counter()
        for node in nodes:
            if "Relation Name" in node:
                read[node["Relation Name"]] += node["Actual Rows"] * node["Actual Loops"]
        for table in ("crm_lead", "kala_contact_point", "kala_communication"):
            self.assertTrue(0 < read[table] < 10 * CROWD, (table, read[table]))

    def test_qu4_the_last_one_that_was_spoken_to(self):
        """MA1: among them the record with the most recent communication is chosen, however old
        the record is."""
        self.env.cr.execute("SELECT min(id) FROM crm_lead WHERE name = 'crowd'")
        oldest = self.env["crm.lead"].browse(self.env.cr.fetchone()[0])
        self.log(oldest, direction="in")
        self.assertEqual(self.incoming(sender=DANA).lead_id, oldest)
