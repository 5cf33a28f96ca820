from collections import Counter

from markupsafe import Markup

from odoo import api, models

from ..tools import const
from .kala_composer import MANY

#: Names that are shown for each reason why somebody gets nothing.
SHOWN_NAMES = 3


class KalaComposer(models.TransientModel):
    """What would become of the message, said before it is sent (BR2, CO1, WI2)."""

    _inherit = "kala.composer"

    @api.depends(
        "channel",
        "line_id",
        "template_id",
        "address_id",
        "colleague_id",
        "document_ids",
        "res_ids",
        "ignore_window",
        "attachment_ids",
        "with_document",
        "body",
    )
    def _compute_preview(self):
        for composer in self:
            composer.preview = composer.refusal = composer.opens_at = False
            composer.reachable_count = 1
            records = composer._records()
            if len(records) > MANY:
                composer.reachable_count = 0
                composer.refusal = composer._too_many(records)
            elif composer.is_one:
                composer._preview_one(records)
            else:
                composer.reachable_count, composer.preview = composer._preview_many(records)

    def _plan(self, records, number=None, to_user=None):
        return self.env["kala.outbox"]._plan(
            records,
            self.channel,
            line=self.template_id.line_id or self.line_id._origin,
            number=number,
            now=self.ignore_window,
            template=self.template_id._origin,
            to_user=to_user,
        )

    def _preview_one(self, record):
        """Say before sending what the gate would say: no consent, window closed."""
        to_user = self._to_user()
        key = self.address_id._key()
        if not (key or to_user) or not self.usable_line_ids:
            return
        [(_record, plan)] = self._plan(record, key, to_user)
        files = self._files_refusal()
        if plan["state"] == "failed" or files:
            self.refusal = plan.get("failure_reason") or files
        elif plan.get("wait_reason") == "window":
            self.opens_at = plan["send_after"]

    def _files_refusal(self):
        provider = self.line_id._origin.sudo().connection_id._provider()
        files = (self.attachment_ids | self.document_ids)._origin
        if provider is None or not (files or self._prints()):
            return ""
        template = self.template_id._origin
        if template.is_external and template.header_kind not in const.FILE_HEADERS:
            return provider._template_file_refusal(template.name)
        if not files:
            return ""
        # The text of such a template is not the file's.
        body = "" if template.is_external else self.body or ""
        return provider._file_refusal(self.channel, files, body)

    def _preview_many(self, records):
        """Say how many will get it, and how many not and why (BR2), as the outbox sees it.

        :return: (number of those who will get it, Markup)
        """
        plans = self._plan(records)
        good = [plan for _record, plan in plans if plan["state"] != "failed"]
        left_out = {}
        for record, plan in plans:
            if plan["state"] == "failed":
                left_out.setdefault(plan["failure_kind"], []).append((record, plan))
        parts = [
            Markup("<p><b>%s</b></p>") % self.env._("Will get it: %s", len(good)),
            self._say_twice(good),
            *(self._say_left_out(kind, members) for kind, members in left_out.items()),
        ]
        return len(good), Markup("").join(parts)

    def _say_twice(self, plans):
        people = Counter((plan["contact_kind"], plan["contact_value"]) for plan in plans)
        twice = len(plans) - len(people)
        if not twice:
            return ""
        return Markup("<p>%s</p>") % self.env._(
            "Some records share a number: %s messages go to somebody who gets one already.", twice
        )

    def _say_left_out(self, kind, members):
        """:param list members: of (record, plan) that one kind of failure keeps out"""
        names = ", ".join(record.display_name for record, _plan in members[:SHOWN_NAMES])
        if len(members) > SHOWN_NAMES:
            names += " …"
        kinds = self.env["kala.communication"]._fields["failure_kind"]
        reason = (
            self.env._("no address for this channel")
            if kind == "address"
            else members[0][1]["failure_reason"]
            or dict(kinds._description_selection(self.env))[kind]
        )
        return Markup("<p class='text-danger mb-0'>%s</p><p class='text-muted'>%s</p>") % (
            self.env._(
                "Will not get it: %(count)s – %(reason)s", count=len(members), reason=reason
            ),
            names,
        )

    def _too_many(self, records):
        return self.env._(
            "%(count)s records are chosen; from here you can write to %(limit)s at most. Choose "
            "fewer, or write to all of them under Communication, Mass Sends.",
            count=len(records),
            limit=MANY,
        )

    @api.depends("line_id")
    def _compute_held_because(self):
        """Why the message would be kept for the time being (DE5, AD5)."""
        for composer in self:
            connection = composer.line_id._origin.sudo().connection_id
            composer.held_because = (
                connection.provider != "sandbox" and self.env["kala.fingerprint"]._warning()
            )
            if not composer.held_because and connection.state in ("paused", "error"):
                composer.held_because = self.env._(
                    "“%s” does not send at the moment. The message is kept and leaves when it "
                    "works again.",
                    connection.name,
                )
