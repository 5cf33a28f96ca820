"""Fixtures that every addon's tests may import: a connected sandbox, users, and the jobs run as
the scheduler runs them, without ever sleeping."""

import json
from contextlib import ExitStack, contextmanager
from datetime import UTC, timedelta
from types import SimpleNamespace
from unittest.mock import patch

from odoo import SUPERUSER_ID, Command, fields
from odoo.tests import TransactionCase, new_test_user

from odoo.addons.kala_comm.models.outbound import kala_dispatcher
from odoo.addons.kala_comm.tools import channels, http, talk
from odoo.addons.kala_comm.tools.inbound import InboundRequest
from odoo.addons.kala_comm.tools.messages import HttpAnswer, SendRequest, SendResult

#: Made-up valid numbers (docs/providers.md, 11.1).
DANA = "+972502345678"
NOA = "+972522345678"
OMER = "+972532345678"
UNKNOWN = "+972542345678"

#: Those of the core: other addons that are installed bring more.
CORE_CHANNELS = ("sms", "whatsapp", "voice", "email")

#: A channel that knows people by ids alone, as an addon brings one (MA8).
HERON = channels.Channel(
    "heron",
    channels._lt("Heron"),
    id_label=channels._lt("Heron's id"),
    groups=True,
    sequence=45,
    # As if the core had brought it: a test has no addon of its own that is installed.
    addon="kala_comm",
)


class Killed(BaseException):
    """A server is killed: no code of ours goes on."""


class KalaCommon(TransactionCase):
    """One Israeli company with a connected sandbox, lines for SMS and WhatsApp, and users:
    ``salesman`` (own documents), ``colleague`` (all documents), ``manager`` (communication
    manager), ``clerk`` (no communication right), ``stranger`` (of ``other_company``)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        channels.register(HERON)
        cls.addClassCleanup(channels.unregister, HERON.code)
        cls.company = cls.env.company
        cls.company.country_id = cls.env.ref("base.il")
        cls.other_company = cls.env["res.company"].create(
            {"name": "Other Company", "country_id": cls.env.ref("base.il").id}
        )
        cls.types = {t.code: t for t in cls.env["kala.status.type"].search([])}
        cls._make_users()
        cls.connection, cls.sms_line, cls.whatsapp_line = cls._make_sandbox(
            cls.company, "03-1234567"
        )
        # The first full second of the transaction in which all of a class's records are made:
        # what is logged at it is younger than any of them, in whatever second the tests run.
        cls.now = cls.env.cr.now().replace(microsecond=0) + timedelta(seconds=1)

    @classmethod
    def _make_users(cls):
        groups = {
            "salesman": "sales_team.group_sale_salesman",
            "colleague": "sales_team.group_sale_salesman_all_leads",
            "manager": "sales_team.group_sale_manager",
            "clerk": "base.group_user",
        }
        for name, group in groups.items():
            setattr(cls, name, cls._make_user(name, group))
        cls.stranger = cls._make_user(
            "stranger",
            "sales_team.group_sale_salesman_all_leads",
            company_id=cls.other_company.id,
            company_ids=[Command.set(cls.other_company.ids)],
        )

    @classmethod
    def _make_user(cls, name, groups="sales_team.group_sale_salesman_all_leads", **values):
        return new_test_user(
            cls.env,
            login=f"kala_{name}",
            groups=groups,
            name=name.capitalize(),
            email=f"{name}@example.com",
            **values,
        )

    @classmethod
    def _make_sandbox(cls, company, address):
        """:return: connection, SMS line, WhatsApp line of a company"""
        connection = cls.env["kala.connection"].create(
            {"name": f"Sandbox {company.name}", "provider": "sandbox", "company_id": company.id}
        )
        lines = [
            cls.env["kala.line"].create(
                {
                    "name": f"{channel} {company.name}",
                    "channel": channel,
                    "connection_id": connection.id,
                    "company_id": company.id,
                    "address": address,
                }
            )
            for channel in ("sms", "whatsapp")
        ]
        connection.action_connect()
        return connection, *lines

    @classmethod
    def _make_connected(cls, provider, **values):
        """:return: a connection that is connected, without asking its provider"""
        connection = cls.env["kala.connection"].create(
            {"name": provider, "provider": provider, "company_id": cls.company.id, **values}
        )
        connection._set_state("connected")
        return connection

    @classmethod
    def _add_line(cls, connection, channel, **values):
        return cls.env["kala.line"].create(
            {
                "name": f"{connection.name} {channel}",
                "channel": channel,
                "connection_id": connection.id,
                **values,
            }
        )

    @classmethod
    def _make_mailbox(cls):
        """:return: connection and line of our company's e-mail"""
        connection = cls.env["kala.connection"].create({"name": "Mail", "provider": "smtp"})
        connection.action_connect()
        line = cls.env["kala.line"].create(
            {
                "name": "Sales",
                "channel": "email",
                "connection_id": connection.id,
                "address": "sales@our.example.com",
            }
        )
        return connection, line

    # ------------------------------------------------------------------ jobs

    _is_in_job = False

    @contextmanager
    def job(self):
        """An environment as the scheduler gives it to a job: superuser, a cursor that may
        commit. Within another one: of a job that runs beside that."""
        with ExitStack() as stack:
            if not self._is_in_job:
                stack.enter_context(self.enter_registry_test_mode())
                stack.enter_context(patch.object(self, "_is_in_job", True))
            cr = stack.enter_context(self.registry.cursor())
            yield self.env(cr=cr, user=SUPERUSER_ID, context={})

    def run_inbox(self):
        """Handle everything that waits in the inbox."""
        with self.job() as env:
            env["kala.inbox"]._cron_run(linger=0)

    def dispatch(self):
        """Send everything that is due."""
        self._let_due_be_due()
        with self.job() as env:
            # A run lasts two seconds; a slow machine needs more of them.
            while env["kala.dispatcher"]._run_once():
                pass
            # Lane 1 waits for what is near; the others never sleep.
            env["kala.dispatcher"]._cron_run(2)

    def run_lane(self, lane=2):
        """One claim of a lane, as its job makes it: the inbox is waiting, and a lane gives way to
        it (QU13). The pace of lines goes on.

        :param int lane: 1 also looks after what was left behind
        """
        self.env.ref("kala_comm.ir_cron_inbox")._trigger()
        self.env.flush_all()
        with self.job() as env:
            env["kala.dispatcher"]._cron_run(lane)
        self.env.invalidate_all()

    def begin_lane(self, lane):
        """A lane sets aside, brings back and looks when to come again, and sends nothing."""
        self._let_due_be_due()
        with self.job() as env, patch.object(kala_dispatcher, "RUN_TIME", 0.0):
            env["kala.dispatcher"]._cron_run(lane)
        self.env.invalidate_all()

    def seconds_to_next(self, meanwhile=None):
        """Lane 1 runs alone, and sleeps only in a clock of its own.

        :param str meanwhile: SQL that is done just before
        :return: seconds until it looks again; 0 = it had something to send; None = it waits for
            nothing
        """
        lane = self.env.ref("kala_comm.ir_cron_lane_1")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", lane.id)])
        triggers.unlink()
        self._let_due_be_due()
        if meanwhile:
            self.env.cr.execute(meanwhile)
        slept = []
        clock = SimpleNamespace(monotonic=lambda: sum(slept), sleep=slept.append)
        with (
            patch.object(kala_dispatcher, "time", clock),
            patch.object(kala_dispatcher, "RUN_TIME", kala_dispatcher.NEAR),
            self.provider_answers(lambda message: SendResult.sent(f"p-{message.id}")) as asked,
            self.job() as env,
        ):
            env["kala.dispatcher"]._cron_run(1)
        self.env.invalidate_all()
        if asked or slept:
            return 0 if asked else slept[0]
        woken = triggers.search([("cron_id", "=", lane.id)]).mapped("call_at")
        return (min(woken) - fields.Datetime.now()).total_seconds() if woken else None

    def kill_lane(self):
        """A lane claims what is due, and its server is killed before anything is written down as
        being sent."""
        self._let_due_be_due()
        try:
            with self.provider_answers(Killed()):
                self.run_lane()
        except Killed:
            # What it had committed stays; "assertRaises" would take it back.
            self.env.invalidate_all()
        else:
            self.fail("Nothing was due.")

    @contextmanager
    def while_asked(self, happens, answer):
        """While the provider has what a lane sends something happens; then it answers.

        :param happens: function of the environment of another job
        :param SendResult answer: to each request; or a function of the communication's id, which
            returns one
        """
        happened = []

        def ask_all(questions):
            if questions and not happened:
                happened.append(True)
                with self.job() as env:
                    happens(env)
            said = HttpAnswer(200, {}, "")
            requests = [question.request for question in questions]
            answers = [answer(int(r.data)) if callable(answer) else answer for r in requests]
            return [http.Heard(r, a, said) for r, a in zip(requests, answers, strict=True)]

        def request(communication):
            return SendRequest(url="http://127.0.0.1:9/", data=str(communication.id).encode())

        with self.provider_answers(request), patch.object(talk, "ask_all", ask_all):
            yield

    def run_mass_job(self):
        """Count, prepare and end mass sends."""
        with self.job() as env:
            env["kala.mass.send"]._cron_run()
        self.env.invalidate_all()

    def run_email_job(self):
        """Give Odoo the e-mails that are due."""
        self._let_due_be_due()
        with self.job() as env:
            env["kala.email.outbox"]._cron_run()
        self.env.invalidate_all()

    def sweep(self):
        """Look after what a dead server left behind."""
        with self.job() as env:
            env["kala.dispatcher"]._sweep()

    def _let_due_be_due(self):
        """A test lives in one transaction, whose ``now()`` stands still: what has become due
        since then is moved to its beginning."""
        self.env.flush_all()
        self.env.cr.execute(
            """UPDATE kala_communication SET send_after = now() AT TIME ZONE 'UTC'
                WHERE state IN ('scheduled', 'queued')
                  AND send_after BETWEEN (now() AT TIME ZONE 'UTC')
                                     AND (clock_timestamp() AT TIME ZONE 'UTC')"""
        )
        # The pace of lines goes by the clock: time has passed since the last sending.
        self.env.cr.execute("UPDATE kala_line_pace SET next_free = NULL")
        self.env.invalidate_all()

    def pass_time(self, seconds):
        """Make everything that waits older, as if this time had passed.

        :param float seconds: of waiting
        """
        self.env.flush_all()
        for table, columns in {
            "kala_communication": ("send_after", "claimed_until"),
            "kala_inbound_event": ("date", "replay_date"),
            "kala_inbound_item": ("due",),
        }.items():
            shifts = ", ".join(f"{c} = {c} - %(age)s * interval '1 second'" for c in columns)
            self.env.cr.execute(f"UPDATE {table} SET {shifts}", {"age": seconds})
        self.env.invalidate_all()

    # ------------------------------------------------------------------ incoming

    def push(self, connection=None, **values):
        """Store an event of the sandbox as the webhook does.

        :param values: ``sender``, ``text``, ``name``, ``channel``, ``line``, ``id``, ``date``
            (naive UTC), ``kind``, ``reply_to``
        :return: the stored event; empty where it is known
        """
        connection = connection or self.connection
        body = {"from": values.pop("sender", DANA), "text": "Hello", **values}
        date = body.pop("date", None)
        if date:
            body["timestamp"] = date.replace(tzinfo=UTC).timestamp()
        body.setdefault("id", f"in-{self._next()}")
        return self.push_raw(json.dumps(body).encode(), connection)

    def push_raw(self, body, connection=None):
        """Store an event with these bytes."""
        connection = connection or self.connection
        self.env.flush_all()
        inbound = InboundRequest(
            method="POST",
            url=f"https://odoo.example.com/kala/webhook/{connection.webhook_token}",
            headers={"content-type": "application/json"},
            query=(),
            body=body,
        )
        events = self.env["kala.inbound.event"]
        stored = events._insert_event(connection, inbound)
        events.invalidate_model()
        known = [("connection_id", "=", connection.id), ("external_id", "=", inbound.digest)]
        return events.search(known) if stored else events

    def incoming(self, *messages, **values):
        """Receive messages in one batch.

        :param messages: dicts as for :meth:`push`; without any, ``values`` is the one message
        :return: the communications, in the order of the messages
        """
        events = [self.push(**message) for message in messages or (values,)]
        self.run_inbox()
        return self.communications_of(events)

    def posted(self, connection, *bodies):
        """A provider posts events, each one by itself, and the inbox handles them.

        :param dict bodies: what the JSON of each event holds
        :return: the communications
        """
        events = [self.push_raw(json.dumps(body).encode(), connection) for body in bodies]
        self.run_inbox()
        return self.communications_of(events)

    def communications_of(self, events):
        """:return: what became of some events, in their order"""
        items = self.env["kala.inbound.item"].search(
            [("event_id", "in", [event.id for event in events])]
        )
        place = {event.id: n for n, event in enumerate(events)}
        return items.sorted(lambda i: (place[i.event_id.id], i.id)).communication_id

    def take(self, *parsed, connection=None):
        """Put what a provider has parsed into the inbox, and handle it.

        :param parsed: IncomingMessage, DeliveryReport, …
        :return: the items, in their order
        """
        items = self.put(*parsed, connection=connection)
        self.run_inbox()
        return items

    def put(self, *parsed, connection=None):
        """Put what a provider has parsed into the inbox.

        :return: the items, in their order
        """
        event = self.push(connection, text=f"event {self._next()}")
        event.state = "done"
        Item = self.env["kala.inbound.item"]
        rows = [Item._prepare_item_vals(event, part) for part in parsed]
        self.env["kala.inbox"]._insert_items(rows)
        return Item.search([("event_id", "=", event.id)], order="id")

    @classmethod
    def _next(cls):
        cls._counter = getattr(cls, "_counter", 0) + 1
        return cls._counter

    # ------------------------------------------------------------------ records

    def lead(self, name="Lead", **values):
        """Make a lead that has no responsible and no phone unless given."""
        return self.env["crm.lead"].create({"name": name, "user_id": False, **values})

    def customer(self, name="Dana", **values):
        return self.env["res.partner"].create({"name": name, **values})

    def order(self, partner, **values):
        return self.env["sale.order"].create({"partner_id": partner.id, "user_id": False, **values})

    def log(self, record=None, **values):
        """Write a line into the log, as if it had been handled at its time.

        :param datetime date: naive UTC, default: now
        """
        record_vals = self.env["kala.communication"]._attach_vals(record) if record else {}
        direction = values.get("direction", "out")
        return self.env["kala.communication"].create(
            {
                "channel": "sms",
                "direction": direction,
                "state": "sent" if direction == "out" else "received",
                "company_id": self.company.id,
                "contact_kind": "phone",
                "contact_value": DANA,
                "date": self.now,
                "recency_pending": False,
                **record_vals,
                **values,
            }
        )

    def age(self, record, days=0, **delta):
        """Make a record as old as that."""
        record.flush_recordset()
        self.env.cr.execute(
            f"UPDATE {record._table} SET create_date = %s WHERE id = ANY(%s)",
            [self.now - timedelta(days=days, **delta), record.ids],
        )
        record.invalidate_recordset(["create_date"])

    # ------------------------------------------------------------------ outgoing

    @contextmanager
    def provider_answers(self, *results):
        """Let the sandbox answer these results, one after the other, the last one for ever.

        :param results: SendResult, SendRequest, a function of the communication that returns
            one, or an exception to raise
        :return: list of the communications it was asked to send
        """
        asked, answers = [], list(results)

        def _prepare_send(provider, communication):
            asked.append(communication.id)
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            if isinstance(answer, BaseException):
                raise answer
            return answer(communication) if callable(answer) else answer

        provider = type(self.env["kala.provider.sandbox"])
        with patch.object(provider, "_prepare_send", _prepare_send):
            yield asked
