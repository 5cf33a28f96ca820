import dataclasses
from datetime import timedelta

from odoo import api, fields, models

from ...tools import const, talk
from ...tools.text import one_line
from ..connection import registry

#: Providers that tell a contact's name only when they are asked.
TELLS_NAMES = "_prepare_profile"
#: Contacts of one question, and for how long somebody without a name is asked about.
AT_ONCE, RECENT = 16, timedelta(days=1)
#: Newest messages of a contact that are looked through for his name.
LOOK_BACK = 50


class KalaNames(models.AbstractModel):
    """Asks providers for the names of contacts whose messages bring none (ME1): a job, since the
    message must not wait for it. Who has a name is not asked about again, and who tells none not
    for a day."""

    _name = "kala.names"
    _inherit = "kala.job"
    _description = "Names of Contacts"

    @api.model
    def _named(self, entries):
        """Give those whose message brings no name the one by which the contact is known on that
        connection: a task that is called by an id tells nobody who wrote (ME1, TA1).

        Index: ``kala_communication_contact_idx``.

        :param list entries: of Entry
        :return: list of Entry, in the same order
        """
        places = {
            n: (entry.key.kind, entry.key.value, entry.connection.id)
            for n, entry in enumerate(entries)
            if entry.key
            and not entry.contact_name
            and entry.key.kind not in const.FIELD_CONTACT_KINDS
        }
        if not places:
            return entries
        self.env["kala.communication"].flush_model(["contact_name"])
        self.env.cr.execute(
            """SELECT w.kind, w.value, w.connection_id, named.contact_name
                 FROM unnest(%s::text[], %s::text[], %s::int[]) AS w(kind, value, connection_id)
                 JOIN LATERAL (
                      SELECT contact_name FROM (
                             SELECT id, contact_name, connection_id, date
                               FROM kala_communication
                              WHERE contact_kind = w.kind AND contact_value = w.value
                              ORDER BY date DESC LIMIT %s) c
                       WHERE c.connection_id = w.connection_id AND c.contact_name <> ''
                       ORDER BY date DESC, id DESC LIMIT 1) named ON TRUE""",
            [*(list(column) for column in zip(*set(places.values()), strict=True)), LOOK_BACK],
        )
        names = {(kind, value, place): name for kind, value, place, name in self.env.cr.fetchall()}
        return [
            dataclasses.replace(entry, contact_name=names[places[n]])
            if places.get(n) in names
            else entry
            for n, entry in enumerate(entries)
        ]

    @api.model
    def _wanted_of(self, entries):
        """Wake the job where somebody has no name, or no picture.

        :param list entries: of Entry
        """
        for entry in entries:
            provider = entry.connection._provider()
            if not entry.contact_name and registry.does(provider, TELLS_NAMES):
                self.env.ref("kala_comm.ir_cron_names")._trigger()
                return
        if self.env["kala.pictures"]._are_wanted_of(entries):
            self.env.ref("kala_comm.ir_cron_names")._trigger()

    @api.model
    def _cron_run(self):
        while wanted := self._nameless():
            self._ask(wanted)
        self.env["kala.pictures"]._fetch_all()

    @api.model
    def _nameless(self):
        """Indexes: ``kala_communication_connection_idx``, ``kala_communication_contact_idx``.

        :return: list of (connection id, id of a contact), at most :data:`AT_ONCE`
        """
        codes = [
            code
            for code, provider in registry.providers(self.env).items()
            if registry.does(provider, TELLS_NAMES)
        ]
        self.env.cr.execute(
            """SELECT DISTINCT c.connection_id, c.contact_value
                 FROM kala_connection n
                 JOIN kala_communication c ON c.connection_id = n.id AND c.direction = 'in'
                WHERE n.provider = ANY(%(codes)s) AND n.state = 'connected'
                  AND c.date > %(since)s AND c.contact_name IS NULL AND c.contact_value <> ''
                  AND NOT EXISTS (
                      SELECT 1 FROM kala_communication asked
                       WHERE asked.contact_kind = c.contact_kind
                         AND asked.contact_value = c.contact_value
                         AND asked.connection_id = c.connection_id
                         AND asked.contact_name = '' AND asked.date > %(since)s)
                LIMIT %(limit)s""",
            {"codes": codes, "since": fields.Datetime.now() - RECENT, "limit": AT_ONCE},
        )
        return self.env.cr.fetchall()

    @api.model
    def _ask(self, wanted):
        """:param list wanted: of :meth:`_nameless`"""
        asked = []
        for connection_id, contact in wanted:
            connection = self.env["kala.connection"].browse(connection_id)
            provider = connection._provider()
            request = provider._prepare_profile(connection, contact)
            asked.append((connection, request, provider._read_profile))
        questions = self.env["kala.connection"]._questions(asked)
        # Nobody waits for a transaction that waits for a provider.
        self._commit()
        heard = talk.ask_all(questions)
        names = ["" if h.fault else one_line(h.told or "", 120) for h in heard]
        self._retrying(
            lambda: [
                self._keep(connection_id, contact, name)
                for (connection_id, contact), name in zip(wanted, names, strict=True)
            ]
        )

    @api.model
    def _keep(self, connection_id, contact, name):
        """Give the messages of a contact his name, and the leads that they made."""
        messages = self.env["kala.communication"].search(
            [
                ("connection_id", "=", connection_id),
                ("contact_value", "=", contact),
                ("contact_name", "=", False),
            ]
        )
        leads = messages.lead_id
        self.env.cr.execute(
            "UPDATE kala_communication SET contact_name = %s WHERE id = ANY(%s)",
            [name, messages.ids],
        )
        messages.invalidate_recordset(["contact_name"], flush=False)
        if not name:
            return
        for lead in leads.filtered(lambda lead: not lead.contact_name):
            lead.contact_name = name
            if contact in (lead.name or ""):
                lead.name = lead.name.replace(contact, name)
        self.env["kala.live"]._changed(messages)
