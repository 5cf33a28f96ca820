from odoo import api, models

from ...tools import channels


class KalaNotifier(models.AbstractModel):
    """Tells the right users at once that something came in (NO1, NO2)."""

    _name = "kala.notifier"
    _description = "Notifier"

    #: Name of the bus message that the web client listens to.
    BUS_TYPE = "kala_comm/incoming"

    @api.model
    def _notify(self, company, incoming):
        """Notify about a batch.

        :param list incoming: of (communication, user); user is the responsible, perhaps empty
        """
        wanted = self._audiences(
            company,
            [(c, user) for c, user in incoming if self._wanted(company, c)],
        )
        if not wanted:
            return
        communications = [communication for communication, _users in wanted]
        # Each reads it in his own language, whatever that of the job is.
        facts = {
            lang: self._facts([c.with_context(lang=lang) for c in communications])
            for lang in {user.lang for _communication, users in wanted for user in users}
        }
        latest = self._latest_leads(communications)
        hidden = self._hidden_leads(wanted, latest)
        for communication, users in wanted:
            lead = latest.get(communication.id)
            for user in users:
                subject = lead.name if lead and lead.id not in hidden.get(user, ()) else ""
                task = self._task_for(user, communication)
                self._send(
                    user, dict(facts[user.lang][communication.id], subject=subject, task=task)
                )

    @api.model
    def _task_for(self, user, communication):
        """:return: id of the task that the user may close from the notification: one of his own
        or of nobody; else False"""
        task = communication.sudo().activity_id
        return task.active and task.user_id in (user, user.browse()) and task.id

    @api.model
    def _send(self, user, facts, records=None):
        """Send what a notification shows to the open screens of a user, or to his devices where he
        has none open, as he chose (NO3, NO4). In his quiet hours nothing is sent: what came in is
        in his inbox and among his tasks (NO1).

        :param records: what it is about; default: the communication of the facts
        """
        kind = facts["family"]
        choice = user._kala_notify_choice(kind)
        if choice == "off" or user._kala_is_quiet(kind):
            return
        user._bus_send(
            self.BUS_TYPE,
            dict(facts, native=choice != "in_app", sound=user._kala_has_sound(kind)),
        )
        if choice == "push":
            if records is None:
                records = self.env["kala.communication"].browse(facts["id"])
            is_ringing = facts["call_status"] == "ringing"
            self.env["kala.push"]._want(user, kind, records, is_ringing)

    @api.model
    def test_notification(self, token):
        """Send a made-up notification to the user who asks, the way that real ones take (NO3).

        :param str token: comes back with it, so that the page that asked knows it
        """
        leads = self.env["crm.lead"]
        lead = leads.search([], limit=1) if leads.has_access("read") else leads
        channel = channels.get(channels.DEFAULT)
        self.env.user._bus_send(
            self.BUS_TYPE,
            {
                "id": 0,
                "channel": channel.code,
                "channel_name": self.env._(channel.label),
                "family": "text",
                "model": lead and "crm.lead",
                "res_id": lead.id,
                "record": self.env._("Test notification"),
                "contact": "+972 50 234 5678",
                "contact_name": "",
                "customer": self.env.user.name,
                "subject": lead.name or "",
                "text": self.env._("This is what you see when a customer writes."),
                "call_status": "",
                "native": True,
                "test": str(token),
            },
        )

    @api.model
    @api.readonly
    def test_facts(self):
        """What the page "Test my notifications" needs from the server (NO3).

        :return: dict: ``texts_on`` (the company notifies about texts), ``choices`` (of the user:
            list of kind, label, choice and whether it sounds), ``quiet`` (nothing is told now)
        """
        user = self.env.user
        families = self.env["res.users"]._KALA_NOTIFY
        labels = user.fields_get([f"kala_notify_{f}" for f in families], ["string", "selection"])
        choices = []
        for family in families:
            field = labels[f"kala_notify_{family}"]
            choice = user._kala_notify_choice(family)
            choices.append(
                {
                    "family": family,
                    "label": field["string"],
                    "choice": choice,
                    "words": dict(field["selection"])[choice],
                    "sound": user._kala_has_sound(family),
                }
            )
        return {
            "texts_on": self.env.company.sudo().kala_notify_text,
            "choices": choices,
            "quiet": user._kala_is_quiet("text"),
        }

    @api.model
    def _wanted(self, company, communication):
        """:return: whether users are notified of a communication. They are notified of texts where
        the company wants it, or where the line or connection notifies everybody (NO1)"""
        is_for_all = communication.line_id.notify_all or communication.connection_id.notify_all
        return communication._family() != "text" or company.kala_notify_text or is_for_all

    @api.model
    def _audiences(self, company, incoming):
        """The responsible; by setting of the connection or line, everybody who may read it.

        :param list incoming: of (communication, user)
        :return: list of (communication, users), without communications of which nobody is told
        """
        to_all = self.env["kala.communication"].union(
            *[c for c, _user in incoming if c.line_id.notify_all or c.connection_id.notify_all]
        )
        readers = self._readers(company, to_all)
        nobody = self.env["res.users"]
        # The responsible is notified, whatever groups he has.
        audiences = [(c, (user or nobody) | readers.get(c, nobody)) for c, user in incoming]
        return [(c, users) for c, users in audiences if users]

    @api.model
    def _readers(self, company, communications):
        """Ask for each user once which of the records he may read.

        :return: dict communication → the company's communication users who may read its record
        """
        readers = dict.fromkeys(communications, self.env["res.users"])
        users = self.env.ref("kala_comm.group_user").all_user_ids.filtered(
            lambda u: u.active and company in u.company_ids
        )
        for model, of_model in communications.filtered("res_id").grouped("res_model").items():
            records = self.env[model].browse(set(of_model.mapped("res_id"))).exists()
            for user in users:
                readable = set(records.with_user(user).sudo(False)._filtered_access("read").ids)
                for communication in of_model:
                    if communication.res_id in readable:
                        readers[communication] |= user
        return readers

    @api.model
    def _facts(self, communications):
        """What a notification shows (NO2): the record, the phone, the customer; the subject of
        the latest lead is added for those who may read it. It is in the language of their context.

        :return: dict communication id → payload of the bus message
        """
        labels = dict(
            communications[0]._fields["channel"]._description_selection(communications[0].env)
        )
        return {
            c.id: {
                "id": c.id,
                "channel": c.channel,
                "channel_name": labels.get(c.channel, c.channel),
                "family": channels.get(c.channel).family,
                "model": c.res_model,
                "res_id": c.res_id,
                "record": c.record_name or "",
                "contact": c.contact_display,
                "contact_name": c.contact_name or "",
                "customer": c.partner_id.display_name or "",
                "text": c.summary or "",
                "call_status": c.call_status or "",
            }
            for c in communications
        }

    @api.model
    def _hidden_leads(self, wanted, latest):
        """A lead's title tells what the customer wrote: it is for those who may read the lead
        (SC4), as everybody may who is told of a message on that lead itself.

        :param list wanted: of (communication, users)
        :param dict latest: of :meth:`_latest_leads`
        :return: dict user → set of ids of leads that he may not read
        """
        asked = {}
        for communication, users in wanted:
            lead = latest.get(communication.id)
            if lead and communication._record() != lead:
                for user in users:
                    asked[user] = asked.get(user, lead) | lead
        return {
            user: set(leads.ids)
            - set(leads.with_user(user).sudo(False)._filtered_access("read").ids)
            for user, leads in asked.items()
        }

    @api.model
    def _latest_leads(self, communications):
        """Find the newest lead of each contact or customer, each by its address. While PostgreSQL
        has no statistics of the tables it would read all leads for each contact: ``OFFSET 0``,
        ``|| ''`` and ``+ 0`` leave it only the indexes that are named here.

        Indexes: ``kala_contact_point_key_uniq``, ``crm_lead__partner_id_index``.

        :return: dict communication id → ``crm.lead``
        """
        self.env.flush_all()
        self.env.cr.execute(
            """SELECT c.id, l.id
                 FROM unnest(%s::int[], %s::text[], %s::text[], %s::int[], %s::int[], %s::int[])
                        AS c(id, kind, value, partner_id, company_id, connection_id)
                 JOIN LATERAL (
                      SELECT max(x.id) AS id FROM (
                          SELECT y.id
                            FROM unnest(ARRAY[0, c.connection_id]) AS k(id)
                           CROSS JOIN LATERAL (
                                SELECT p.res_id FROM kala_contact_point p
                                 WHERE p.kind = c.kind AND p.value = c.value
                                   AND COALESCE(p.connection_id, 0) = k.id
                                   AND p.res_model || '' = 'crm.lead'
                                 ORDER BY p.res_id + 0 DESC LIMIT 1000) p
                           CROSS JOIN LATERAL (
                                SELECT id FROM crm_lead
                                 WHERE id = p.res_id
                                   AND (company_id IS NULL OR company_id = c.company_id)
                                OFFSET 0) y
                           UNION ALL
                          SELECT y.id FROM (
                                SELECT id, company_id FROM crm_lead
                                 WHERE partner_id = c.partner_id
                                OFFSET 0) y
                           WHERE y.company_id IS NULL OR y.company_id = c.company_id) x
                      ) l ON l.id IS NOT NULL""",
            [
                [c.id for c in communications],
                [c.contact_kind or "" for c in communications],
                [c.contact_value or "" for c in communications],
                [c.partner_id.id or 0 for c in communications],
                [c.company_id.id for c in communications],
                [c.connection_id.id or 0 for c in communications],
            ],
        )
        ids = dict(self.env.cr.fetchall())
        leads = {lead.id: lead for lead in self.env["crm.lead"].browse(set(ids.values()))}
        return {communication_id: leads[lead_id] for communication_id, lead_id in ids.items()}

    # ------------------------------------------------------------------ managers

    @api.model
    def _tell_managers(self, record, subject, body):
        """Put a message into the inbox of the communication managers of a company.

        :param record: record with a thread and ``company_id`` that the message is about; a
            company stands for itself
        """
        company = record if record._name == "res.company" else record.company_id
        thread = company.partner_id if record._name == "res.company" else record
        managers = self.env.ref("kala_comm.group_manager").all_user_ids.filtered(
            lambda user: user.active and company in user.company_ids
        )
        thread.sudo().message_notify(
            partner_ids=managers.partner_id.ids, subject=subject, body=body
        )
