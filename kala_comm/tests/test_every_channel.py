"""Each channel of the table (docs/architecture.md, 3.17) tells the same stories with the sandbox: a
channel that an addon brings is in them by itself, where the addon is installed."""

import functools

from lxml import etree

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.kala_comm.tools import channels
from odoo.addons.kala_comm.tools.phone import ContactKey

from .common import DANA, HERON, NOA, OMER, UNKNOWN, KalaCommon

_NUMBERS = (DANA, NOA, OMER, UNKNOWN)


def on_each_channel(story):
    """Tell a story of each channel for texts, each time in a database as new.

    :param story: a test that takes a Player
    """

    @functools.wraps(story)
    def told(self):
        for row in channels.offered(self.env, channels.TEXT):
            with self.subTest(channel=row.code):
                with self.env.cr.savepoint() as savepoint:
                    try:
                        story(self, Player(self, row))
                    finally:
                        savepoint.rollback()
                        self.env.invalidate_all()

    return told


class Player:
    """What a contact does on one channel, by the form that simulates it (AD2)."""

    def __init__(self, test, row):
        self.test, self.row = test, row
        self.line = test.line_of(row)
        self.by_id = row.has_ids and not row.line_is_phone

    def address_of(self, n):
        """:return: what is typed as the sender of the n-th contact"""
        return f"{self.row.code}-{n}" if self.by_id else _NUMBERS[n]

    def key_of(self, n):
        return ContactKey(self.row.code if self.by_id else "phone", self.address_of(n))

    def simulate(self, n, **values):
        """:return: the communication that came of it"""
        before = self.test.env["kala.communication"].search([])
        wizard = (
            self.test.env["kala.simulate"]
            .with_user(self.test.manager)
            .create({"line_id": self.line.id, "number": self.address_of(n), **values})
        )
        wizard.action_receive()
        self.test.run_inbox()
        return self.test.env["kala.communication"].search([]) - before

    def say(self, n, text, **values):
        return self.simulate(n, text=text, **values)

    def send(self, record, **values):
        """:return: the message, after the sandbox has had it"""
        sent = record.kala_send(self.row.code, line=self.line, **values)
        self.test.dispatch()
        return sent


@tagged("post_install", "-at_install")
class TestEveryChannel(KalaCommon):
    def line_of(self, row):
        lines = self.env["kala.line"]
        known = lines.search(
            [("channel", "=", row.code), ("connection_id", "=", self.connection.id)], limit=1
        )
        return known or lines.create(
            {
                "name": f"Our {row.code}",
                "channel": row.code,
                "connection_id": self.connection.id,
                "address": "03-1234567" if row.line_is_phone else f"our-{row.code}",
            }
        )

    def test_table_is_whole(self):
        """The stories are told of every channel for texts that is installed here, one that nobody
        has heard of among them."""
        played = []
        on_each_channel(lambda test, player: played.append(player.row.code))(self)
        self.assertEqual(played, channels.codes(channels.TEXT))
        self.assertIn(HERON.code, played)
        self.assertGreater(len(played), 2)

    @on_each_channel
    def test_in_and_out(self, player):
        """AD2: a stranger writes, he is a lead of this channel, he is answered on it; his second
        message and what he presses land there, too."""
        code = player.row.code
        first = player.say(0, "Is it free?", name="Dana")
        self.assertEqual((first.channel, first._key()), (code, player.key_of(0)))
        lead = first.lead_id
        self.assertEqual((lead.kala_origin, lead.contact_name), (code, "Dana"))
        sent = player.send(lead, body="Yes")
        self.assertEqual((sent.state, sent._key()), ("delivered", player.key_of(0)))
        pressed = player.say(0, "Order now", what="choice")
        self.assertEqual((pressed.body, pressed.lead_id), ("Order now", lead))
        liked = player.simulate(0, what="reaction", emoji="❤️")
        self.assertEqual((liked.kind, liked.reply_to_uid), ("reaction", pressed.provider_uid))
        self.assertIn("❤️", liked.body)

    @on_each_channel
    def test_reaction_needs_a_message(self, player):
        with self.assertRaisesRegex(UserError, "Simulate a message first"):
            player.simulate(1, what="reaction")
        with self.assertRaisesRegex(UserError, "the text is empty"):
            player.say(1, "  ")

    @on_each_channel
    def test_se1_button(self, player):
        """SE1: the button shows where the contact is known on the channel, and while there is a
        line."""
        row = player.row
        if not row.button:
            return
        lead, other = player.say(0, "Hello").lead_id, self.lead("Nobody")
        self.assertEqual((lead[row.button], other[row.button]), (True, False))
        for kind in ("form", "list"):
            arch = etree.fromstring(lead.get_view(view_type=kind)["arch"])
            shown = [
                button.get("invisible")
                for button in arch.iter("button")
                if f"'{row.code}'" in (button.get("context") or "")
            ]
            self.assertIn(f"not {row.button}", shown, kind)
        player.line.active = False
        self.env.invalidate_all()
        others = self.env["kala.line"].search([("channel", "=", row.code)])
        self.assertFalse(others or lead[row.button])

    @on_each_channel
    def test_se2_number(self, player):
        """SE2: resting on a number offers the channels that reach numbers, and no others."""
        row, customer = player.row, self.customer(phone=NOA)
        offered = [one["channel"] for one in customer.kala_phone_channels(NOA)]
        self.assertEqual(row.code in offered, "phone" in row.contact_kinds)

    @on_each_channel
    def test_te_template(self, player):
        """TE1: a template of the channel is filled with the contact's record."""
        lead = player.say(0, "Hello", name="Dana Levi").lead_id
        template = self.env["kala.template"].create(
            {"name": "T", "channel": player.row.code, "body": "Dear {{first_name}} 👋"}
        )
        self.assertEqual(player.send(lead, template=template).body, "Dear Dana 👋")

    @on_each_channel
    def test_co_opt_out(self, player):
        """CO2: one word is an opt-out with proof; nothing leaves any more; START takes it back."""
        row = player.row
        if not row.stop_words:
            return
        lead = player.say(0, "Hello").lead_id
        player.say(0, "STOP")
        self.assertFalse(row.button and lead[row.button])
        with self.assertRaisesRegex(UserError, "opted out"):
            lead.kala_send(row.code, body="x")
        proof = self.env["kala.consent"].search(
            [("contact_value", "=", player.key_of(0).value), ("channel", "=", row.code)]
        )
        self.assertEqual(proof.mapped("allowed"), [False])
        player.say(0, "START")
        self.assertEqual(player.send(lead, body="x").state, "delivered")

    @on_each_channel
    def test_opt_out_is_of_one_channel(self, player):
        """CO1: who refuses one channel is still written to on another."""
        row = player.row
        if not row.stop_words:
            return
        lead = player.say(0, "Hello").lead_id
        player.say(0, "STOP")
        other = next(r for r in channels.offered(self.env, channels.TEXT) if r != row)
        answers = self.env["kala.contact.permission"]._allowed_channels(
            self.company, [player.key_of(0)]
        )
        self.assertNotIn((player.key_of(0), other.code), answers)
        self.assertTrue(lead)

    @on_each_channel
    def test_ma12_merge(self, player):
        """MA12: two leads are merged: both contacts write to the one that stays, with what was
        said before."""
        kept, gone = (player.say(n, f"Hello {n}").lead_id for n in (0, 1))
        (kept | gone).merge_opportunity(user_id=False, team_id=False)
        stays = (kept | gone).exists()
        self.assertEqual(len(stays), 1)
        for n in (0, 1):
            self.assertEqual(player.say(n, "again").lead_id, stays)
        self.assertEqual(len(stays.kala_communication_ids), 4)

    @on_each_channel
    def test_ma12_customers(self, player):
        """MA12: the same of customers."""
        customers = [self.customer(f"Customer {n}") for n in (0, 1)]
        for n, customer in enumerate(customers):
            player.say(n, "Hello").action_reattach("res.partner", customer.id)
        stays, gone = customers
        self.env["base.partner.merge.automatic.wizard"]._merge((stays | gone).ids, stays)
        for n in (0, 1):
            self.assertEqual(player.say(n, "again").partner_id, stays)

    @on_each_channel
    def test_id_is_of_one_connection(self, player):
        """MA8: an id that another connection knows, too, is somebody else there."""
        other, *_lines = self._make_sandbox(self.company, "03-7654321")
        if not player.by_id:
            return
        mine = player.say(0, "Hello").lead_id
        line = player.line.copy({"connection_id": other.id, "address": "other"})
        player.line = line
        self.assertNotEqual(player.say(0, "Hello").lead_id, mine)

    @on_each_channel
    def test_mass_send(self, player):
        """BR1, BR2: everybody who is known on the channel gets it once; the others are counted,
        with the reason."""
        leads = player.say(0, "Hello").lead_id | player.say(1, "Hello").lead_id
        mass = self.env["kala.mass.send"].create(
            {
                "name": "News",
                "model": "crm.lead",
                "record_ids": [*leads.ids, self.lead("Nobody").id],
                "channel": player.row.code,
                "line_id": player.line.id,
                "body": "News of {{record_name}}",
                "company_id": self.company.id,
            }
        )
        mass.action_check()
        counts = mass.check_counts
        self.assertEqual((counts["ok"], counts["no_address"]), (2, 1))
        self.assertIn("no address for the channel", mass.check_summary)
        mass.action_start()
        self.run_mass_job()
        self.dispatch()
        self.env.invalidate_all()
        self.assertEqual((mass.sent, mass.skipped), (2, 1))
        told = mass.communication_ids.mapped(lambda c: (c._key(), c.channel))
        self.assertEqual(set(told), {(player.key_of(n), player.row.code) for n in (0, 1)})
