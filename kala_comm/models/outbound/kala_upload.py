import dataclasses
import time
from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models

from ...tools import const, http, states, talk
from ...tools.messages import SendResult
from ..connection import registry

#: Files that are handed over at the same time: each is in memory meanwhile.
AT_ONCE = 4
#: Of the time that a worker has: what files that are handed over at the same time may take, and
#: after what no others are begun with.
ROUND_SHARE, RUN_SHARE = 1 / 3, 1 / 6
#: Seconds of both where the server sets its workers no limit.
LONGEST, LONGEST_RUN = 600, 60
#: A file that was begun with so often without any result has taken its worker down; four lanes may
#: begin with the same one at one moment.
TRIES = 8


class Parcel(NamedTuple):
    """What makes two files the same at a provider."""

    line_id: int
    checksum: str
    mimetype: str


class KalaUpload(models.Model):
    """A file that a provider keeps for us, to be sent by its id. It is handed over once, however
    many messages carry it and however often they are tried.

    Handing over reaches no customer. So it happens while the messages are still queued: a server
    that dies in the middle of it leaves nothing unsure, and a fault is tried again
    (docs/architecture.md, 3.6).
    """

    _name = "kala.upload"
    _description = "File at a Provider"
    _log_access = False

    line_id = fields.Many2one("kala.line", required=True, ondelete="cascade")
    checksum = fields.Char(required=True)
    mimetype = fields.Char(required=True)
    external_id = fields.Char(help="Empty: it has not been handed over yet.")
    until = fields.Datetime(required=True, help="The provider forgets it then.")
    tries = fields.Integer(help="Begun without a result since.")

    _file_uniq = models.UniqueIndex("(line_id, checksum, mimetype)")

    # ------------------------------------------------------------------ what is known

    @api.model
    def _parcel(self, line, file):
        return Parcel(line.id, file.checksum or "", file.mimetype or "")

    @api.model
    def _external_id(self, line, file):
        """:return: the provider's id of a file; "" where it has not got it"""
        parcel = self._parcel(line, file)
        return self._known({parcel}).get(parcel, "")

    @api.model
    def _known(self, parcels):
        """:return: dict Parcel → provider's id. Index: ``kala_upload_file_uniq``."""
        if not parcels:
            return {}
        self.flush_model()
        self.env.cr.execute(
            """SELECT u.line_id, u.checksum, u.mimetype, u.external_id
                 FROM unnest(%s::int[], %s::text[], %s::text[]) AS p(line_id, checksum, mimetype)
                 JOIN kala_upload u USING (line_id, checksum, mimetype)
                WHERE u.until > now() AT TIME ZONE 'UTC' AND u.external_id <> ''""",
            [list(column) for column in zip(*parcels, strict=True)],
        )
        return {Parcel(*row[:3]): row[3] for row in self.env.cr.fetchall()}

    # ------------------------------------------------------------------ handing over

    @api.model
    def _claimed(self, claim):
        """:return: ids of claimed messages whose files the provider has not got yet"""
        codes = [
            code for code, provider in registry.providers(self.env).items() if provider._upload_days
        ]
        if not codes:
            return []
        self.env.cr.execute(
            f"""SELECT c.id FROM kala_communication c
                 JOIN kala_connection k ON k.id = c.connection_id
                WHERE c.id = ANY(%s) AND c.claim_token = %s
                  AND {states.is_unsent("c")} AND k.provider = ANY(%s)
                  AND (c.template_values->>'header_kind' = ANY(%s)
                       OR EXISTS (SELECT FROM ir_attachment_kala_communication_rel r
                                   WHERE r.kala_communication_id = c.id))""",
            [claim.ids, claim.token, codes, list(const.FILE_HEADERS)],
        )
        found = self.env["kala.communication"].browse([row[0] for row in self.env.cr.fetchall()])
        wanted = self._wanted(found)
        known = self._known(set(wanted))
        return [i for parcel, ids in wanted.items() if parcel not in known for i in ids]

    @api.model
    def _wanted(self, communications):
        """:return: dict Parcel → ids of the messages that carry it; without what will be
        refused anyhow"""
        wanted = {}
        for communication in communications:
            provider = communication.connection_id._provider()
            if provider._check_files(communication) is not None:
                continue
            for file in communication._files():
                parcel = self._parcel(communication.line_id, file)
                wanted.setdefault(parcel, []).append(communication.id)
        return wanted

    @api.model
    def _hand_over(self, ids):
        """Give the provider the files of some claimed messages.

        :param list ids: of :meth:`_claimed`
        :return: (ids of those whose turn it was, dict id → SendResult of those of them whose file
            it did not take); the others are the next run's
        """
        job = self.env["kala.job"]
        end = time.monotonic() + job._seconds_of(RUN_SHARE, LONGEST_RUN)
        communications = self.env["kala.communication"].browse(ids)
        wanted = self._wanted(communications)
        faults, parcels = {}, list(wanted)
        for n in range(0, len(parcels), AT_ONCE):
            part = parcels[n : n + AT_ONCE]
            if n and time.monotonic() >= end:
                later = {i for parcel in parcels[n:] for i in wanted[parcel]}
                return [i for i in ids if i not in later], faults
            self._keep_claim(communications)
            worn = job._retrying(lambda part=part: self._begin(part))
            results = {
                **dict.fromkeys(worn, self._worn_result()),
                **self._perform({p: wanted[p][0] for p in part if p not in worn}),
            }
            job._retrying(lambda results=results: self._keep(results))
            for parcel, result in results.items():
                if result.state != const.SENT:
                    faults.update(dict.fromkeys(wanted[parcel], result))
        return ids, faults

    @api.model
    def _begin(self, parcels):
        """Count the tries before they are made: who takes his worker down with him does not do so
        for ever. Index: ``kala_upload_file_uniq``.

        :return: set of the parcels that are not tried any more
        """
        worn = set()
        for parcel in parcels:
            self.env.cr.execute(
                """INSERT INTO kala_upload (line_id, checksum, mimetype, until, tries)
                        VALUES (%s, %s, %s, now() AT TIME ZONE 'UTC' + interval '1 day', 1)
                   ON CONFLICT (line_id, checksum, mimetype)
                     DO UPDATE SET tries = COALESCE(kala_upload.tries, 0) + 1,
                                   external_id = NULL, until = EXCLUDED.until
                 RETURNING tries""",
                list(parcel),
                log_exceptions=False,
            )
            if self.env.cr.fetchone()[0] > TRIES:
                worn.add(parcel)
        return worn

    @api.model
    def _worn_result(self):
        return SendResult.refused(
            "rejected",
            self.env._(
                "Handing over the file took too long each time. Make it smaller, or send a link "
                "to it."
            ),
        )

    @api.model
    def _round_seconds(self):
        return self.env["kala.job"]._seconds_of(ROUND_SHARE, LONGEST)

    @api.model
    def _keep_claim(self, communications):
        """Large files take longer than a claim lasts. Index: primary key."""
        self.env.cr.execute(
            """UPDATE kala_communication
                  SET claimed_until = claimed_until + %s * interval '1 second'
                WHERE id = ANY(%s)""",
            [self._round_seconds(), communications.ids],
        )
        self.env["kala.dispatcher"]._commit()

    @api.model
    def _perform(self, parcels):
        """:param dict parcels: Parcel → id of a message that carries it
        :return: dict Parcel → SendResult, ``sent`` with the provider's id of the file"""
        asked = []
        for parcel, communication_id in parcels.items():
            communication = self.env["kala.communication"].browse(communication_id)
            provider = communication.connection_id._provider()
            [file] = communication._files().filtered(
                lambda f, parcel=parcel: f.checksum == parcel.checksum
            )[:1]
            request = provider._prepare_upload(communication.line_id, file)
            seconds = max(self._round_seconds() - http.CONNECT_TIMEOUT, 1)
            request = dataclasses.replace(request, timeout=min(provider._upload_timeout, seconds))
            asked.append((communication.connection_id, request, provider._read_upload))
        questions = self.env["kala.connection"]._questions(asked)
        self.env["kala.dispatcher"]._commit()
        heard = talk.ask_all(questions)
        return {parcel: _given(told) for parcel, told in zip(parcels, heard, strict=True)}

    @api.model
    def _keep(self, results):
        """Remember what the provider has. Index: ``kala_upload_file_uniq``."""
        lines = self.env["kala.line"].browse([parcel.line_id for parcel in results])
        days = {line.id: line.connection_id._provider()._upload_days for line in lines}
        self._forget_tries(results)
        for parcel, result in results.items():
            if result.state != const.SENT:
                continue
            self.env.cr.execute(
                """INSERT INTO kala_upload (line_id, checksum, mimetype, external_id, until)
                        VALUES (%s, %s, %s, %s, %s)
                   ON CONFLICT (line_id, checksum, mimetype)
                     DO UPDATE SET external_id = EXCLUDED.external_id, until = EXCLUDED.until""",
                [
                    *parcel,
                    result.provider_uid,
                    fields.Datetime.now() + timedelta(days=days[parcel.line_id]),
                ],
                log_exceptions=False,
            )

    @api.model
    def _forget_tries(self, parcels):
        """There is a result: what comes of it is counted with the message. Index:
        ``kala_upload_file_uniq``."""
        self.env.cr.execute(
            """UPDATE kala_upload u SET tries = 0
                 FROM unnest(%s::int[], %s::text[], %s::text[]) AS p(line_id, checksum, mimetype)
                WHERE (u.line_id, u.checksum, u.mimetype) = (p.line_id, p.checksum, p.mimetype)""",
            [list(column) for column in zip(*parcels, strict=True)],
        )

    @api.autovacuum
    def _gc_forgotten(self):
        self.search([("until", "<", fields.Datetime.now())], limit=10_000).unlink()


def _given(heard):
    """Nobody gets a file by an upload: whatever is not clear is tried again."""
    result = http.result_of(heard)
    if result.state != const.UNKNOWN:
        return result
    return dataclasses.replace(result, state="retry", failure_kind="temporary")
