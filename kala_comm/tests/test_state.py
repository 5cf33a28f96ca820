"""docs/architecture.md, 3.13: one owner of a communication's state: a table of moves, one
statement, and what follows, in one order."""

import ast
import contextlib
import re
from pathlib import Path
from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.kala_comm.models.log import kala_communication_state
from odoo.addons.kala_comm.models.log.kala_communication_state import MOVES
from odoo.addons.kala_comm.tools import const, states
from odoo.addons.kala_comm.tools.messages import DeliveryReport, SendResult

from .common import DANA, KalaCommon

OWNER = Path(kala_communication_state.__file__).name
STATES = [state for state, _label in const.COMMUNICATION_STATES]
#: The moves that are not forward, each with its reason in the table.
BACKWARD = {
    ("answer", "unknown", "queued"),
    ("answer", "sending", "queued"),
    ("answer", "unknown", "cancelled"),
    ("answer", "sending", "cancelled"),
    ("answer", "unknown", "unknown"),
    ("wait", "scheduled", "scheduled"),
    ("wait", "queued", "scheduled"),
    ("wait", "queued", "queued"),
    ("withdraw", "sending", "cancelled"),
    ("again", "failed", "queued"),
    ("again", "cancelled", "queued"),
    ("again", "unknown", "queued"),
    ("again", "queued", "queued"),
    ("return", "sending", "queued"),
    ("call", "sent", "cancelled"),
}
#: What follows, in this order.
STEPS = [
    "_reopen_tasks",
    "_note_optouts",
    "_wake_fallback",
    "_follow_mass_send",
    "_mirror_state",
    "_show_change",
]
_UPDATE = re.compile(r"UPDATE\s+kala_communication\b(?!_).*?\bSET\b(.*?)(?:\bWHERE\b|$)", re.S)
_UPDATE_ATTEMPT = re.compile(r"UPDATE\s+kala_attempt\b(?!_).*?\bSET\b(.*?)(?:\bWHERE\b|$)", re.S)


@tagged("post_install", "-at_install")
class TestState(KalaCommon):
    # ------------------------------------------------------------------ one statement

    def _updates(self, pattern=_UPDATE):
        """:return: list of (file, what is set) of each statement that writes to the log"""
        addons = Path(kala_communication_state.__file__).parents[3]
        found = []
        for path in sorted(addons.glob("kala_comm*/**/*.py")):
            if "tests" in path.parts:
                continue
            for text in _texts(ast.parse(path.read_text())):
                found += [(path.name, part) for part in pattern.findall(text)]
        return found

    def test_one_statement_sets_the_state(self):
        """Every move of every addon goes through it; a statement whose columns cannot be read in
        the source would hide one."""
        updates = self._updates()
        self.assertGreater(len(updates), 8, "they are found at all")
        movers = [
            (name, part)
            for name, part in updates
            if re.search(r"(?<![\w.])state\s*=|^\s*%s(?!\s*=)", part.replace("\n", " "))
        ]
        self.assertEqual([name for name, _part in movers], [OWNER], movers)

    def test_one_file_moves_attempts(self):
        """The statements that move an attempt stand in one file, too."""
        movers = {
            name
            for name, part in self._updates(_UPDATE_ATTEMPT)
            if re.search(r"(?<![\w.])state\s*=", part)
        }
        self.assertEqual(movers, {"kala_attempt_state.py"})

    def test_what_the_search_finds(self):
        for text, expected in [
            ("UPDATE kala_communication SET state = 'sent' WHERE id = 1", [" state = 'sent' "]),
            ("UPDATE kala_communication c\n SET date = %s FROM x WHERE", [" date = %s FROM x "]),
            ("UPDATE kala_communication_x SET state = 'sent'", []),
        ]:
            with self.subTest(text):
                self.assertEqual(_UPDATE.findall(text), expected)

    def test_words_of_the_indexes(self):
        """“Real communication” is written once: the index has the words of the questions."""
        for name, words in [
            ("_real_idx", states.is_real()),
            ("_due_idx", states.is_in_line()),
            ("_aside_idx", states.is_set_aside()),
            ("_recipient_idx", states.is_on_its_way()),
        ]:
            index = self.env["kala.communication"]._table_objects[f"kala_communication{name}"]
            self.assertIn(words, index.get_definition(self.registry))
        self.assertEqual(
            states.is_real("k"),
            "(k.direction = 'in' OR k.state IN ('sent', 'delivered', 'read'))",
        )

    # ------------------------------------------------------------------ the table

    def _messages(self):
        """:return: a message of ours in each state"""
        made = self.lead("Roof", phone=DANA)
        communications = self.env["kala.communication"]
        return communications.union(*(self.log(made, state=state) for state in STATES))

    def test_allowed_and_forbidden_moves(self):
        """Of every pair of states each move makes those that stand in the table, and no other."""
        for move, targets in MOVES.items():
            for to in STATES:
                with self.subTest(move=move, to=to):
                    messages = self._messages()
                    if to not in targets:
                        with self.assertRaises(KeyError):
                            messages._move(move, messages, to)
                        continue
                    before = {message.id: message.state for message in messages}
                    moved = messages._move(move, messages, to)
                    self.assertEqual({before[i] for i in moved.ids}, set(targets[to]))
                    for message in messages:
                        expected = to if message in moved else before[message.id]
                        self.assertEqual(message.state, expected)

    def test_rows_with_states_of_their_own(self):
        """Of rows that go to several states each may move as if it were alone."""
        for move in ("report", "answer"):
            rows, before = [], {}
            for to in MOVES[move]:
                for message in self._messages():
                    rows.append({"id": message.id, "state": to})
                    before[message.id] = message.state
            if move == "answer":
                # All its targets may be reached from the same states.
                self.assertEqual(len(set(MOVES[move].values())), 1)
            with self.subTest(move):
                communications = self.env["kala.communication"]
                moved = communications._move(move, rows)
                for row in rows:
                    with self.subTest(before=before[row["id"]], to=row["state"]):
                        allowed = before[row["id"]] in MOVES[move][row["state"]]
                        message = communications.browse(row["id"])
                        self.assertEqual(message in moved, allowed)
                        expected = row["state"] if allowed else before[row["id"]]
                        self.assertEqual(message.state, expected)

    def test_what_goes_backward(self):
        """DE1: a move goes forward, but for those that are named."""
        rank = const.STATE_RANK.index
        backward = {
            (move, before, to)
            for move, targets in MOVES.items()
            for to, sources in targets.items()
            for before in sources
            if rank(before) >= rank(to)
        }
        self.assertEqual(backward, BACKWARD)

    def test_nothing_costs_nothing(self):
        """No rows, no statement: lanes ask all the time."""
        communications = self.env["kala.communication"]
        with self.assertQueryCount(0):
            for rows in (communications, []):
                self.assertFalse(communications._move("send", rows, const.SENDING))
            communications._moved()

    # ------------------------------------------------------------------ what follows

    @contextlib.contextmanager
    def _followed(self):
        """:return: list of the steps that the block takes for communications, in their order"""
        taken = []
        model = type(self.env["kala.communication"])

        def noting(name):
            step = getattr(model, name)

            def noted(communications):
                taken.append(name)
                return step(communications)

            return patch.object(model, name, noted)

        with contextlib.ExitStack() as stack:
            for name in STEPS:
                stack.enter_context(noting(name))
            yield taken

    def _answered_lead(self, channel="whatsapp", **values):
        """:return: (the answer, its lead, the task that it closed)"""
        self.company.kala_task_closed_by_reply = True
        made = self.lead("Roof", phone=DANA, user_id=self.salesman.id)
        task = self.incoming(sender=DANA).activity_id
        self.assertTrue(task.active)
        with self.provider_answers(SendResult.sent("uid-1")):
            answer = made.with_user(self.salesman).kala_send(channel, body="Hello", **values)
            self.dispatch()
        self.assertEqual(answer.state, "sent")
        self.assertFalse(task.active)
        return answer, made, task

    def test_final_failure_with_fallback(self):
        """SE5, TA3: the address is wrong: the failure has its date, a lane is woken, and the task
        stays closed while the other channel is tried."""
        answer, _made, task = self._answered_lead(fallback="sms")
        lane = self.env.ref("kala_comm.ir_cron_lane_1")
        self.env["ir.cron.trigger"].search([("cron_id", "=", lane.id)]).unlink()
        with self._followed() as taken:
            self.take(DeliveryReport(uid="uid-1", state="failed", failure_kind="address"))
        self.assertEqual(taken, STEPS)
        self.assertEqual(answer.state, "failed")
        self.assertTrue(answer.failed_date)
        self.assertFalse(task.active)
        self.assertTrue(self.env["ir.cron.trigger"].search([("cron_id", "=", lane.id)]))

    def test_final_failure_without_fallback(self):
        """TA3: the contact waits again."""
        answer, _made, task = self._answered_lead()
        with self._followed() as taken:
            self.take(DeliveryReport(uid="uid-1", state="failed", failure_kind="address"))
        self.assertEqual(taken, STEPS)
        self.assertTrue(answer.failed_date)
        self.assertTrue(task.active)

    def test_optout(self):
        """CO2: the provider answers that the contact has opted out: noted, and the task is open
        again."""
        answer, made, task = self._answered_lead()
        answer.sudo().state = "failed"
        refused = SendResult.refused("consent", "The recipient has opted out.")
        with self._followed() as taken, self.provider_answers(refused):
            answer.action_resend()
            self.assertEqual(taken, STEPS, "of the message that waits again")
            self.assertFalse(task.active)
            taken.clear()
            self.dispatch()
        self.assertEqual(taken, STEPS, "of the answer")
        self.assertEqual(answer.state, "failed")
        self.assertTrue(task.active)
        proof = self.env["kala.consent"].search([("contact_value", "=", DANA)])
        self.assertEqual((proof.channel, proof.allowed), ("whatsapp", False))
        self.assertEqual(made.kala_communication_ids & answer, answer)

    def test_own_gate_is_no_optout(self):
        """CO2: what our own gate stops follows like a failure, and is no word of the contact's."""
        self.company.kala_task_closed_by_reply = True
        made = self.lead("Roof", phone=DANA, user_id=self.salesman.id)
        task = self.incoming(sender=DANA).activity_id
        message = made.kala_send("sms", body="Hello")
        message.sudo().user_id = self.salesman
        self.assertFalse(task.active)
        self.env["phone.blacklist"]._add([DANA])
        proofs = self.env["kala.consent"].search_count([("contact_value", "=", DANA)])
        with self._followed() as taken:
            self.dispatch()
        self.assertEqual(taken, STEPS)
        self.assertEqual((message.state, message.failure_kind), ("failed", "consent"))
        self.assertTrue(message.failed_date)
        self.assertTrue(task.active)
        self.assertEqual(
            self.env["kala.consent"].search_count([("contact_value", "=", DANA)]), proofs
        )

    def test_cancelled(self):
        """WI4, TA3: a cancelled answer is none."""
        self.company.kala_task_closed_by_reply = True
        made = self.lead("Roof", phone=DANA, user_id=self.salesman.id)
        task = self.incoming(sender=DANA).activity_id
        answer = made.with_user(self.salesman).kala_send("sms", body="Hello")
        self.assertFalse(task.active)
        with self._followed() as taken:
            answer.action_cancel()
        self.assertEqual(taken, STEPS)
        self.assertEqual(answer.state, "cancelled")
        self.assertTrue(task.active)

    def test_mass_send(self):
        """BR2: of a mass send that is over a message is sent again: it goes on; of a paused one
        the message waits with the others."""
        people = self.customer("Dana", phone=DANA)
        mass = self.env["kala.mass.send"].create(
            {"name": "Sale", "model": "res.partner", "record_ids": people.ids, "body": "Hi"}
        )
        mass.action_start()
        self.run_mass_job()
        with self.provider_answers(SendResult.refused("rejected", "no")):
            self.dispatch()
        self.run_mass_job()
        message = mass.communication_ids
        self.assertEqual((mass.state, message.state), ("done", "failed"))
        with self._followed() as taken:
            message.action_resend()
        self.assertEqual(taken, STEPS)
        self.assertEqual((mass.state, message.state), ("sending", "queued"))
        mass.action_pause()
        self.assertEqual(message.state, "scheduled")
        message.sudo().state = "failed"
        message.action_resend()
        self.assertEqual((message.state, message.wait_reason), ("scheduled", "person"))


def _texts(tree):
    """:return: generator of the texts of a module; what stands in the braces of an f-string is
    ``%s``"""
    inside = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            inside.update(map(id, node.values))
            yield "".join(
                part.value if isinstance(part, ast.Constant) else "%s" for part in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if id(node) not in inside:
                yield node.value
