import base64
import logging
import time
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.image import image_process
from odoo.tools.mimetypes import guess_mimetype

from ...tools.fetch import FileLater, FileRefused
from ..connection import registry

_logger = logging.getLogger(__name__)

#: Providers that give pictures of contacts.
GIVES_PICTURES = "_fetch_picture"
#: Who wrote within this time and has no picture is asked about; contacts of one question.
RECENT, AT_ONCE = timedelta(days=1), 50
#: How often it is tried where the provider does not answer, and how long after the last time.
TRIES, PAUSE = 3, timedelta(hours=1)
#: Share of a worker's time that one run of the job may take, and seconds of it at most; the same of
#: one picture.
RUN_SHARE, LONGEST_RUN = 0.5, 120
PICTURE_SHARE, LONGEST_PICTURE = 0.2, 20
#: Pixels that are kept, and what is taken for a picture.
SIDE = 256
TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif")


class KalaPictures(models.AbstractModel):
    """Fetches the pictures of contacts, as part of the job that asks for their names: once for each
    contact, within the limits of other files (SC2)."""

    _name = "kala.pictures"
    _inherit = "kala.job"
    _description = "Pictures of Contacts"

    @api.model
    def _are_wanted_of(self, entries):
        """Index: ``kala_contact_picture_key_uniq``.

        :param list entries: of Entry
        :return: whether one of them is of somebody whose picture was never asked for
        """
        places = {
            (entry.connection.id, *entry.key)
            for entry in entries
            if entry.key
            and entry.key.kind == entry.channel
            and registry.does(entry.connection._provider(), GIVES_PICTURES)
        }
        if not places:
            return False
        self.env.cr.execute(
            """SELECT EXISTS (
                   SELECT 1 FROM unnest(%s::int[], %s::text[], %s::text[]) AS p(c, kind, value)
                    WHERE NOT EXISTS (
                          SELECT 1 FROM kala_contact_picture x
                           WHERE x.connection_id = p.c AND x.kind = p.kind
                             AND x.value = p.value))""",
            [list(column) for column in zip(*places, strict=True)],
        )
        return self.env.cr.fetchone()[0]

    @api.model
    def _fetch_all(self):
        """Fetch one picture after the other. A copy of the database asks nobody (AD5)."""
        end = time.monotonic() + self._seconds_of(RUN_SHARE, LONGEST_RUN)
        while places := self._next_places():
            for place in places:
                if time.monotonic() > end:
                    self.env.ref("kala_comm.ir_cron_names")._trigger()
                    return
                self._retrying(lambda p=place: self._begin_try(p))
                fault = self._do_or_fault(lambda p=place: self._fetch(p))
                if fault:
                    _logger.error("the picture of a contact", exc_info=fault)

    @api.model
    def _next_places(self):
        """Indexes: ``kala_communication_connection_idx``, ``kala_contact_picture_key_uniq``.

        :return: list of (connection id, kind, value) of contacts, at most :data:`AT_ONCE`
        """
        asked = set(self.env["kala.dispatcher"]._sending_providers())
        codes = [
            code
            for code, provider in registry.providers(self.env).items()
            if code in asked and registry.does(provider, GIVES_PICTURES)
        ]
        self.env.cr.execute(
            """SELECT DISTINCT c.connection_id, c.contact_kind, c.contact_value
                 FROM kala_connection n
                 JOIN kala_communication c
                   ON c.connection_id = n.id AND c.direction = 'in' AND c.date > %(since)s
                 LEFT JOIN kala_contact_picture x
                   ON x.connection_id = c.connection_id AND x.kind = c.contact_kind
                  AND x.value = c.contact_value
                WHERE n.provider = ANY(%(codes)s) AND n.state = 'connected'
                  AND c.contact_kind = c.channel AND c.contact_value <> ''
                  AND c.res_id IS NOT NULL AND (x.id IS NULL OR x.due <= %(now)s)
                LIMIT %(limit)s""",
            {
                "limit": AT_ONCE,
                "codes": codes,
                "since": fields.Datetime.now() - RECENT,
                "now": fields.Datetime.now(),
            },
        )
        return self.env.cr.fetchall()

    @api.model
    def _begin_try(self, place):
        """Count the try before it is made: a picture that takes the worker down with it is not the
        first in line again. Index: ``kala_contact_picture_key_uniq``."""
        again = fields.Datetime.now() + PAUSE
        self.env.cr.execute(
            """INSERT INTO kala_contact_picture AS x
                      (connection_id, kind, value, tries, due)
               VALUES (%s, %s, %s, 1, %s)
                   ON CONFLICT (connection_id, kind, value)
                   DO UPDATE SET tries = x.tries + 1,
                                 due = CASE WHEN x.tries + 1 < %s THEN excluded.due END""",
            [*place, again, TRIES],
        )
        self.env["kala.contact.picture"].invalidate_model()

    @api.model
    def _fetch(self, place):
        connection_id, _kind, contact = place
        connection = self.env["kala.connection"].browse(connection_id)
        provider = connection._provider()
        fetcher = connection._fetcher(self._seconds_of(PICTURE_SHARE, LONGEST_PICTURE))
        said = self._last_message(place).extra or {}
        try:
            content = provider._fetch_picture(connection, contact, said, fetcher)
        except FileLater:
            return
        except FileRefused:
            content = b""
        picture = self._small(content)
        self._commit()
        self._retrying(lambda: self._keep(place, picture))

    @api.model
    def _last_message(self, place):
        """Index: ``kala_communication_contact_idx``."""
        connection_id, kind, contact = place
        return self.env["kala.communication"].search(
            [
                ("contact_kind", "=", kind),
                ("contact_value", "=", contact),
                ("connection_id", "=", connection_id),
                ("direction", "=", "in"),
            ],
            order="date desc, id desc",
            limit=1,
        )

    @api.model
    def _small(self, content):
        """:return: bytes of a picture made anew, without what else the file told of where and by
        whom it was taken; b"" where it is no picture"""
        if not content or guess_mimetype(content) not in TYPES:
            return b""
        try:
            return image_process(
                content, size=(SIDE, SIDE), verify_resolution=True, output_format="JPEG"
            )
        except (UserError, OSError, ValueError):
            return b""

    @api.model
    def _keep(self, place, picture):
        """Keep it, and show it with customers who have none."""
        connection_id, kind, value = place
        row = self.env["kala.contact.picture"].search(
            [
                ("connection_id", "=", connection_id),
                ("kind", "=", kind),
                ("value", "=", value),
            ]
        )
        image = base64.b64encode(picture) if picture else False
        row.write({"image": image, "due": False})
        if not image:
            return
        points = self.env["kala.contact.point"].search(
            [
                ("kind", "=", kind),
                ("value", "=", value),
                ("connection_id", "=", connection_id),
                ("res_model", "=", "res.partner"),
            ]
        )
        customers = self.env["res.partner"].browse(points.mapped("res_id")).exists()
        customers._kala_show_picture(image)
        self.env["kala.live"]._changed(self._last_message(place))
