from datetime import timedelta
from unittest.mock import MagicMock, patch

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.kala_comm.models.mass import kala_mass_live

from .common import DANA, NOA, OMER
from .mass_common import MassCommon
from .test_notification import BusCommon

BUS = "kala_comm/mass"


class MassSendCase(MassCommon):
    def mass(self, user=None, **values):
        """:param user: who makes it; default: a salesman"""
        mine = self.env["kala.mass.send"].with_user(user or self.salesman)
        vals = {"name": "Sale", "record_ids": self.people.ids, "body": "Hi", **values}
        return mine.create(vals)

    def start(self, mass):
        super().start(mass)
        self.env.invalidate_all()
        return mass


@tagged("post_install", "-at_install")
class TestMassLive(MassSendCase, BusCommon):
    """BR2: bars that move, for those who may read the mass send."""

    def told(self, what):
        """:return: list of (channel, numbers) that screens are told by what is done"""
        told = self.heard(BUS, lambda: (what(), self.env.flush_all()))
        # The name of the database comes first.
        return [(channel[-1], numbers) for channel, numbers in told]

    def allowed(self, user, channel):
        """:return: list of the channels of mass sends that a user hears who asks for one"""
        connection = MagicMock()
        connection.session.uid = user.id
        with patch("odoo.addons.bus.models.ir_websocket.wsrequest", new=connection):
            channels = self.env["ir.websocket"].with_user(user)._build_bus_channel_list([channel])
        return [c for c in channels if isinstance(c, str) and c.startswith(BUS)]

    def test_br2_each_state_is_told_to_those_who_may_read_it(self):
        """BR2: who made it and the managers of the company; a message has numbers and no name."""
        mass = self.mass()
        told = self.told(mass.action_start)
        self.assertEqual(
            {channel for channel, _numbers in told},
            {f"{BUS}/company/{self.company.id}", f"{BUS}/user/{self.salesman.id}"},
        )
        numbers = told[-1][1]
        self.assertEqual((numbers["id"], numbers["state"]), (mass.id, "preparing"))
        self.assertEqual(numbers["company_id"], self.company.id)
        self.assertNotIn("name", numbers)
        [last] = [n for c, n in self.told(mass.action_pause) if c.endswith(f"/{self.salesman.id}")]
        self.assertEqual(last["state"], "paused")

    def test_br2_a_manager_hears_once(self):
        """BR2: one message, though he made it and is a manager, too."""
        told = self.told(self.mass(user=self.manager).action_start)
        self.assertEqual([channel for channel, _n in told], [f"{BUS}/company/{self.company.id}"])

    def test_br2_who_may_listen(self):
        """BR2, LO8: each to his own; managers to those of their companies; others to nothing."""
        foreign = f"{BUS}/user/{self.salesman.id}"
        heard = {
            user: self.allowed(user, BUS)
            for user in (self.salesman, self.colleague, self.manager, self.clerk)
        }
        self.assertEqual(heard[self.salesman], [f"{BUS}/user/{self.salesman.id}"])
        self.assertEqual(heard[self.colleague], [f"{BUS}/user/{self.colleague.id}"])
        self.assertEqual(
            heard[self.manager],
            [f"{BUS}/user/{self.manager.id}", f"{BUS}/company/{self.company.id}"],
        )
        self.assertEqual(heard[self.clerk], [])
        self.assertFalse(self.allowed(self.colleague, foreign))

    def test_br2_what_a_page_begins_with(self):
        """BR2: what is under way and may be read; who reads none listens to none."""
        mass = self.start(self.mass())
        pages = {
            user: self.env["ir.http"].with_user(user)._kala_mass_sends()
            for user in (self.salesman, self.colleague, self.manager, self.clerk)
        }
        [bar] = pages[self.salesman]
        self.assertEqual((bar["id"], bar["name"], bar["waiting"]), (mass.id, "Sale", 3))
        self.assertEqual([b["id"] for b in pages[self.manager]], [mass.id])
        self.assertEqual(pages[self.colleague], [])
        self.assertIsNone(pages[self.clerk])
        with self.assertRaises(AccessError):
            mass.with_user(self.colleague).read_bars()

    def test_br2_once_a_second_at_most(self):
        """BR2: whatever leaves, nobody is told of a mass send twice within a second, by whatever
        server; of another one he is."""
        mass, other = self.start(self.mass()), self.start(self.mass(name="Other"))
        live = self.env["kala.mass.live"]
        self.assertEqual(live._tell([mass.id]), mass.ids)
        self.assertEqual(live._tell([mass.id, other.id]), other.ids)
        self.env.flush_all()
        self.env.cr.execute("UPDATE kala_mass_live SET told = told - interval '2 seconds'")
        self.assertEqual(set(live._tell([mass.id, other.id])), {mass.id, other.id})

    def test_br2_what_leaves_moves_the_bar(self):
        """BR2: each chunk that a lane has sent is noted; another message notes nothing."""
        mass = self.start(self.mass())
        self.addCleanup(self.env.cr.postcommit.clear)
        noted = []
        self.patch(type(self.env["kala.mass.live"]), "_note", lambda _model, ids: noted.extend(ids))
        self.dispatch()
        self.assertEqual(set(noted), {mass.id})
        noted.clear()
        self.people[:1].kala_send("sms", body="typed")
        self.dispatch()
        self.assertFalse(noted)

    def test_br2_a_process_asks_the_database_once_a_second(self):
        """BR2: of what it told a moment ago it opens no connection."""
        opened = []
        self.patch(kala_mass_live, "Registry", lambda name: opened.append(name))
        self.patch(kala_mass_live, "_last_told", {("db", 7): kala_mass_live.time.monotonic()})
        kala_mass_live._tell_after_commit("db", {7})
        self.assertFalse(opened)

    def test_br2_a_process_does_not_ask_again_what_another_one_told(self):
        """BR2: with several servers, each asks the database once a second, too."""
        mass = self.start(self.mass())
        self.assertEqual(self.env["kala.mass.live"]._tell(mass.ids), mass.ids)
        asked, name = [], self.env.cr.dbname
        tell = type(self.env["kala.mass.live"])._tell

        def ask(live, ids):
            asked.append(set(ids))
            return tell(live, ids)

        self.patch(type(self.env["kala.mass.live"]), "_tell", ask)
        self.patch(kala_mass_live, "_last_told", {})
        self.patch(kala_mass_live, "Registry", lambda _name: self.registry)
        for _time in range(2):
            kala_mass_live._tell_after_commit(name, set(mass.ids))
        self.assertEqual(asked, [set(mass.ids)])


@tagged("post_install", "-at_install")
class TestMassOutcome(MassSendCase):
    """BR2: lists before it is sent, and what came of it."""

    def rows(self, mass, which, user=None):
        action = mass.with_user(user or self.env.user).action_open_counted(which)
        found = self.env[action["res_model"]].with_user(user or self.env.user)
        return found.search(action["domain"])

    def test_br2_who_will_get_it_and_who_not_are_lists(self):
        """BR2: before it is sent; each reason opens its list, and a change forgets them."""
        mass = self.mass()
        mass.action_check()
        opens = [line["opens"] for line in mass.check_lines if line["opens"]]
        self.assertEqual(opens, ["ok", "no_address", "duplicate"])
        user = self.salesman
        self.assertEqual(
            {(row.record_name, row.address) for row in self.rows(mass, "ok", user)},
            {("Dana Levi", DANA), ("Noa", NOA), ("Omer", OMER)},
        )
        self.assertEqual(self.rows(mass, "no_address", user).mapped("record_name"), ["Nobody"])
        self.assertEqual(len(self.rows(mass, "skipped", user)), 2)
        mass.body = "Another text"
        self.assertFalse(mass.check_lines or mass.check_summary, "they would open empty lists")
        self.assertFalse(self.rows(mass, "ok", user))
        self.assertFalse(self.rows(mass, "skipped", user))

    def test_br2_counting_twice_lists_once(self):
        """BR2: a second count, and the start, make the lists anew."""
        mass = self.mass()
        mass.action_check()
        mass.action_check()
        self.assertEqual((len(self.rows(mass, "ok")), len(self.rows(mass, "skipped"))), (3, 2))
        self.start(mass)
        self.assertEqual((mass.total, mass.skipped, mass.waiting), (5, 2, 3))
        self.assertFalse(self.rows(mass, "ok"))

    def test_br2_a_count_that_is_not_used_is_forgotten(self):
        """BR2: addresses are not kept of a draft that is cancelled, or that lies for weeks; that
        one is counted anew."""
        lying, dropped, new = self.mass(), self.mass(), self.mass()
        for mass in (lying, dropped, new):
            mass.action_check()
        dropped.action_cancel()
        self.assertFalse(self.rows(dropped, "ok"))
        self.assertEqual((dropped.total, dropped.skipped), (0, 0))
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE kala_mass_send SET write_date = %s WHERE id = %s",
            [self.now - timedelta(days=31), lying.id],
        )
        self.env.invalidate_all()
        self.env["kala.mass.send"]._gc_counts()
        self.assertFalse(self.rows(lying, "ok") or lying.check_state or lying.skipped)
        self.assertEqual((len(self.rows(new, "ok")), new.check_state), (3, "done"))

    def test_lo8_the_lists_name_what_their_reader_may_read(self):
        """BR2, LO8: a manager of messages who may not read a salesman's lead learns neither its
        name nor its address."""
        lead = self.lead("Wedding", phone=DANA, user_id=self.salesman.id)
        boss = self._make_user("boss", "kala_comm.group_manager,sales_team.group_sale_salesman")
        mass = self.mass(model="crm.lead", record_ids=lead.ids)
        mass.action_check()
        [row] = self.rows(mass, "ok", boss)
        self.assertEqual((row.record_name, row.address), ("", ""))
        with self.assertRaises(AccessError):
            row.read(["contact_value"])
        [row] = self.rows(mass, "ok", self.salesman)
        self.assertEqual((row.record_name, row.address), ("Wedding", DANA))
        lead.active = False
        named = [("record_name", "ilike", "wedd")]
        for user, found in ((self.salesman, row), (boss, row.browse())):
            self.env.invalidate_all()
            self.assertEqual(row.with_user(user).search(named), found)

    def test_br2_names_are_found_by_the_database(self):
        """BR2: of 100,000 rows none is read to find a name in their list."""
        mass = self.mass()
        mass.action_check()
        rows = self.env["kala.mass.seen"]
        named = [("mass_send_id", "=", mass.id), ("record_name", "ilike", "noa")]
        self.assertEqual(rows.search(named).record_name, "Noa")
        with self.assertQueryCount(1):
            self.assertEqual(rows.search_count(named), 1)

    def test_br2_what_came_of_it(self):
        """BR2: who answered after he got it, by whatever channel of that number, and who objected;
        what was said before, by others, or much later is no answer."""
        mass = self.start(self.mass())
        dana, noa, omer = self.people[:3]
        before = self.now - timedelta(hours=1)
        talk = {"direction": "in", "contact_kind": "phone"}
        self.log(noa, contact_value=NOA, date=before, body="Hello", **talk)
        self.dispatch()
        mass.invalidate_recordset()
        self.assertEqual((mass.answered, mass.opted_out), (0, 0))
        later = self.now + timedelta(hours=1)
        for hours in (1, 2):
            date = self.now + timedelta(hours=hours)
            self.log(dana, contact_value=DANA, date=date, body="Yes!", channel="whatsapp", **talk)
        late = self.now + timedelta(days=15)
        self.log(omer, contact_value=OMER, date=late, body="Hm?", **talk)
        self.env["kala.consent"].create(
            {
                "company_id": self.company.id,
                "contact_kind": "phone",
                "contact_value": NOA,
                "channel": "sms",
                "allowed": False,
                "date": later,
            }
        )
        mass.invalidate_recordset()
        self.assertEqual((mass.answered, mass.opted_out), (1, 1))
        for action, who in (
            (mass.action_open_answered(), dana),
            (mass.action_open_opted_out(), noa),
        ):
            self.assertEqual(self.env[action["res_model"]].search(action["domain"]), who)
        other = self.start(self.mass(name="Other", record_ids=noa.ids))
        self.assertEqual((other.answered, other.opted_out), (0, 0))
