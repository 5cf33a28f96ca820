"""AU2: the table of events, audiences and channels, through save, job and sandbox."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .rule_cases import ALMA, CASES, CHANNELS, CORA, DANA, FRED, LENA, OF_RECORD, PAUL, RITA, TYPED
from .rule_common import RuleCommon


@tagged("post_install", "-at_install")
class TestRuleCases(RuleCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._make_mailbox()
        cls.templates = {
            channel: cls.template(channel, "Hello {{ record_name }}", "News")
            for channel in CHANNELS
        }
        cls.sender = cls.env["kala.sender"].create({"email": "o@our.example.com", "name": "O"})
        cls.sender.state = "verified"
        cls.staff = {
            name: cls._make_person(name, address)
            for name, address in (
                ("rita", RITA),
                ("paul", PAUL),
                ("cora", CORA),
                ("lena", LENA),
                ("fred", FRED),
                ("alma", ALMA),
            )
        }
        cls.team = cls.env["crm.team"].create({"name": "T", "user_id": cls.staff["lena"].id})
        cls.env["crm.team.member"].create(
            {"crm_team_id": cls.team.id, "user_id": cls.staff["rita"].id}
        )
        cls.dana = cls.env["res.partner"].create(
            {"name": "Dana", "phone": DANA[0], "email": DANA[1]}
        )

    @classmethod
    def _make_person(cls, name, address):
        user = cls._make_user(name)
        user.partner_id.write({"phone": address[0], "email": address[1]})
        return user

    # ------------------------------------------------------------------ what happens

    def make(self, model, **values):
        """A record of Cora's, which Fred follows; the team, the performer and the customer are
        there from the start."""
        env = self.env(user=self.staff["cora"])
        env = env(context={**env.context, "mail_create_nosubscribe": True})
        values = {"partner_id": self.dana.id, "team_id": self.team.id, **values}
        if model == "crm.lead":
            values.setdefault("stage_id", self.stages["new"].id)
            values.update(name="Roof", type="opportunity")
        record = env[model].create(values).sudo().with_user(self.env.user)
        record.message_unsubscribe(record.message_partner_ids.ids)
        record.message_subscribe(self.staff["fred"].partner_id.ids)
        return record

    def activity(self, record, **values):
        vals = {"user_id": self.staff["alma"].id, **values}
        return record.activity_schedule("mail.mail_activity_data_call", **vals)

    def happen(self, event, model):
        """Let an event happen to a new record, of Rita's."""
        rita = {"user_id": self.staff["rita"].id}
        date = "date_deadline" if model == "crm.lead" else "commitment_date"
        if event == "assigned":
            record = self.make(model, user_id=False)
            self.env.flush_all()
            record.with_context(mail_auto_subscribe_no_notify=True).write(rita)
            record.message_unsubscribe(self.staff["rita"].partner_id.ids)
            return record
        soon = fields.Datetime.now() - timedelta(days=1)
        if event == "date":
            return self.make(model, **rita, **{date: soon})
        if event == "rescheduled":
            record = self.make(model, **rita, **{date: soon})
            self.env.flush_all()
            record[date] = soon + timedelta(days=5)
            return record
        record = self.make(model, **rita)
        self.env.flush_all()
        if event == "status_changed":
            self.move(record, "waiting")
        elif event == "closed":
            self.move(record, "won")
        elif event == "communication":
            self.log(record, direction="in", contact_value=DANA[0], body="Hello")
        elif event.startswith("activity_"):
            self.happen_to_activity(event, record)
        return record

    def move(self, record, code):
        if record._name == "crm.lead":
            record.stage_id = self.stages[code]
        else:
            statuses = self.env["kala.order.status"].search(
                [("kala_status_type_id", "=", self.types[code].id)], limit=1
            )
            record.state = statuses.state
            record.kala_status_id = statuses

    def happen_to_activity(self, event, record):
        # Cora planned it.
        record = record.with_user(self.staff["cora"])
        day = fields.Date.today()
        other = {"user_id": self.staff["rita"].id} if event == "activity_reassigned" else {}
        deadline = day - timedelta(days=1) if event == "activity_overdue" else day
        activity = self.activity(record, date_deadline=deadline, **other).sudo()
        self.env.flush_all()
        if event == "activity_reassigned":
            activity.user_id = self.staff["alma"]
        elif event == "activity_changed":
            activity.summary = "Bring the papers"
        elif event == "activity_done":
            activity.action_feedback()
        record.sudo().message_unsubscribe(self.staff["alma"].partner_id.ids)
        record.sudo().message_unsubscribe(self.staff["rita"].partner_id.ids)

    # ------------------------------------------------------------------ the rule

    def rule_of(self, model, event, audience, channel):
        date = "date_deadline" if model == "crm.lead" else "commitment_date"
        values = {}
        if event in ("date", "rescheduled"):
            values = {"date_field": date, "delay_mode": "after", "delay": 0}
        if event == "activity_overdue":
            values = {"hour": 0}
        if event == "status_changed":
            values = {"to_status_type_id": self.types["waiting"].id}
        step = {
            "audience": audience,
            "channel": channel,
            "template_id": self.templates[channel].id,
            "sender_id": self.sender.id if channel == "email" else False,
        }
        if audience == "typed":
            step["typed"] = TYPED[channel == "email"]
        if audience == "fields":
            step["field_path"] = "partner_id.email" if channel == "email" else "partner_id.phone"
        if audience == "performer" and not event.startswith("activity_"):
            # Odoo's documents have one user; who wrote it last stands for the performer.
            performer = self.env["ir.model.fields"]._get(model, "write_uid")
            values["performer_field_id"] = performer.id
        rule = self.rule(model, event, [step], start=False, **values)
        rule.action_start()
        rule.sudo().write(
            {
                "started": fields.Datetime.now() - timedelta(days=2),
                "checked": fields.Datetime.now() - timedelta(days=2),
            }
        )
        return rule

    def test_au2_events_audiences_channels(self):
        """AU2, EM2: every event with every audience, by turns on each channel: exactly these
        addresses, and each message names its rule."""
        self.assertGreaterEqual(len(CASES), 80)
        for model, event, audience, channel, addresses in CASES:
            with self.subTest(model=model, event=event, audience=audience, channel=channel):
                rule = self.rule_of(model, event, audience, channel)
                record = self.happen(event, model)
                self.env.flush_all()
                if audience == "performer":
                    self.env.cr.execute(
                        f"UPDATE {record._table} SET write_uid = %s WHERE id = %s",
                        [self.staff["paul"].id, record.id],
                    )
                    self.env.invalidate_all()
                self.run_rules()
                # Of dates, those of the other cases are due as well.
                messages = self.messages(rule).filtered(lambda m, r=record: m.res_id == r.id)
                self.assertEqual(
                    messages.mapped("contact_value"), addresses, self.rows(rule).mapped("reason")
                )
                self.assertEqual(set(messages.mapped("channel")), {channel})
                self.assertEqual(messages.mapped("res_id"), record.ids)
                rule.action_stop()

    def test_au2_several_channels_at_once(self):
        """AU2: one event, several channels, each with its own template; several recipients each
        get their own."""
        steps = [
            {"channel": channel, "template_id": self.templates[channel].id} for channel in CHANNELS
        ]
        steps[2]["sender_id"] = self.sender.id
        steps.append({"audience": "typed", "typed": "+972521111111, +972522222222, +972521111111"})
        rule = self.rule("crm.lead", "created", steps)
        self.make("crm.lead")
        self.run_rules()
        told = [(m.channel, m.contact_value) for m in self.messages(rule)]
        self.assertEqual(
            sorted(told),
            sorted(
                [
                    ("sms", DANA[0]),
                    ("whatsapp", DANA[0]),
                    ("email", DANA[1]),
                    ("sms", "+972521111111"),
                    ("sms", "+972522222222"),
                ]
            ),
        )
        self.assertEqual(rule.sent_count, 5)

    def test_au2_nobody_to_tell(self):
        """AU2: an audience that is empty leaves the record out, and says so."""
        rule = self.rule("crm.lead", "created", [{"audience": "responsible"}])
        self.make("crm.lead", user_id=False)
        self.assertEqual(self.outcomes(rule), ["left_out"])
        self.assertIn("nobody to tell", self.rows(rule).reason)

    def test_au2_communication_kinds_and_words(self):
        """AU6: a text with given words, an e-mail, a missed call, a failure; each only for its
        own."""
        record = self.make("crm.lead")
        #: kind, words → which of the communications below fire
        table = [
            ("any", False, {"text", "price", "mail", "missed"}),
            ("text", False, {"text", "price"}),
            ("text", "offer, PRICE", {"price"}),
            ("email", False, {"mail"}),
            ("missed_call", False, {"missed"}),
            ("failed", False, {"failed"}),
        ]
        came = {
            "text": {"body": "Hello"},
            "price": {"body": "What price is it?"},
            "mail": {"channel": "email", "contact_kind": "email", "contact_value": DANA[1]},
            "missed": {"channel": "voice", "call_status": "missed"},
            "automatic": {"kind": "automatic", "body": "out of office, price"},
        }
        for kind, words, fires in table:
            with self.subTest(kind=kind, words=words):
                rule = self.rule("crm.lead", "communication", communication_kind=kind, words=words)
                made = {
                    name: self.log(record, **{"direction": "in", "contact_value": DANA[0], **vals})
                    for name, vals in came.items()
                }
                made["failed"] = self.log(record, direction="out", state="failed")
                made["failed"].write({"failed_date": fields.Datetime.now()})
                self.env.flush_all()
                names = {c.id: name for name, c in made.items()}
                self.assertEqual({names[r.source_id] for r in self.rows(rule)}, fires)
                rule.action_stop()

    def test_au2_every_audience_is_in_the_table(self):
        selection = dict(self.env["kala.rule.action"]._fields["audience"].selection)
        self.assertEqual(set(OF_RECORD), set(selection))
