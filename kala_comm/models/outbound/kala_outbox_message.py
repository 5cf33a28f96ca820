from datetime import timedelta

from odoo import api, fields, models

from ...tools import const
from ...tools.outgoing import Wait
from .kala_outbox import SEVERAL, of_record


class KalaOutbox(models.AbstractModel):
    """One message: its line, its address, and whether and when it may leave (SE3, SE4)."""

    _inherit = "kala.outbox"

    @api.model
    def _choose_lines(self, records, request, points):
        """:return: dict record id → line to send from, perhaps empty"""
        if request.line:
            return dict.fromkeys(records.ids, request.line)
        wanted = []
        for record in records:
            company = record._kala_send_company()
            number = of_record(record, request.number)
            key, _other = self._recipient(
                record, request.channel, points[record.id], number, company
            )
            # One of us has no line that he wrote to.
            wanted.append((company, None if of_record(record, request.to_user) else key))
        chosen = self.env["kala.line"]._choose_all(
            request.channel,
            self.env.user,
            wanted,
            request.connection,
            by_hand=self._is_by_hand(),
        )
        return dict(zip(records.ids, chosen, strict=True))

    @api.model
    def _recipient(self, record, channel, points, number, company, connection=None, to_user=None):
        """Find the address that a message goes to (SE3).

        :return: (ContactKey or None, whether it is none of the record's own)
        """
        if to_user:
            partner = to_user.partner_id.sudo()
            own = partner._kala_points()[partner.id]
            return partner._kala_address_first(channel, own, connection), False
        if not number:
            return record._kala_address(channel, points, connection), False
        key = record._kala_check_number(number, company, channel)
        return key, bool(points) and key not in {own for own, _connection in points}

    @api.model
    def _prepare_vals(self, record, request, points, line, common):
        """Prepare the message to one record; where it cannot be sent it is made as failed, with
        the kind and the reason.

        :param Request request: what is asked for
        :param list points: of the record, of ``_kala_points``
        :param line: ``kala.line`` that was chosen for it, perhaps empty
        :param dict common: its other values
        """
        channel, to_user = request.channel, of_record(record, request.to_user)
        number, company = of_record(record, request.number), record._kala_send_company()
        line = line.sudo()
        key, is_other = self._recipient(
            record, channel, points, number, company, line.connection_id, to_user
        )
        vals = {
            **common,
            **self._prepare_line_vals(channel, line, company),
            **self._prepare_contact_vals(record.sudo(), key),
            **self._apart_vals(record, is_other or bool(to_user)),
            "is_other_address": is_other,
            "to_user_id": to_user.id if to_user else False,
            "user_id": self.env.user.id if not self.env.user._is_superuser() else False,
            **self._cause_vals(),
        }
        refusal = (
            self._check_line(channel, line, company)
            or self._check_template(request.template, company)
            or self._check_key(to_user.partner_id if to_user else record, key)
        )
        vals.update(refusal or self._prepare_state_vals(vals))
        return vals

    @api.model
    def _prepare_line_vals(self, channel, line, company):
        """:return: values of all messages that leave from a line"""
        return {
            "channel": channel,
            "direction": "out",
            "company_id": company.id,
            "line_id": line.id,
            "connection_id": line.connection_id.id,
        }

    @api.model
    def _prepare_contact_vals(self, record, key):
        """:param key: ContactKey of the recipient, or None
        :return: values of the one message to a record"""
        communications = self.env["kala.communication"]
        return {
            "contact_kind": key.kind if key else False,
            "contact_value": key.value if key else False,
            "send_key": communications._generate_send_key(),
            **communications._attach_vals(record),
        }

    @api.model
    def _apart_vals(self, record, is_to_others):
        """What is written to colleagues or others about a record that has no pane, such as an
        invoice, does not stand on its customer: who reads him may perhaps not read the record
        (LO8).

        :return: values in the place of those that attach the message"""
        if record._name in const.RECORD_MODELS or not is_to_others:
            return {}
        return {"res_model": False, "res_id": False, "partner_id": False}

    @api.model
    def _cause_vals(self):
        """Who or what causes a message: a person, unless a job of ours says otherwise; what a
        client puts into the context does not count. One text to several records is typed to none
        of them: it answers nobody, and whoever sent it is not who last wrote to them (RE2, BR1)."""
        context = self.env.context if self.env.su else {}
        is_typed = self.env.context.get("kala_several") is not SEVERAL
        usual = const.PRIORITY_PERSON if is_typed else const.PRIORITY_MASS
        return {
            "priority": context.get("kala_priority", usual),
            "origin": context.get("kala_origin") or False,
        }

    @api.model
    def _is_by_hand(self):
        """:return: whether a person sends, to one record or to several: from his own line, where
        he has one (SE4)"""
        context = self.env.context if self.env.su else {}
        return context.get("kala_priority", const.PRIORITY_PERSON) == const.PRIORITY_PERSON

    @api.model
    def _prepare_state_vals(self, vals):
        if vals["send_after"] > fields.Datetime.now() + timedelta(seconds=1):
            return {"state": const.SCHEDULED, "wait_reason": "person"}
        return {"state": const.QUEUED}

    @api.model
    def _pass_gate(self, vals_list):
        """Ask the gate for all at once: who may not be written to fails with the reason, what
        must wait is scheduled."""
        waiting = [vals for vals in vals_list if vals["state"] != const.FAILED]
        gate = self.env["kala.gate"]
        verdicts = gate._judge(gate._outgoing(waiting))
        for n, verdict in verdicts.items():
            if isinstance(verdict, Wait):
                waiting[n].update(
                    state=const.SCHEDULED,
                    wait_reason="window",
                    not_before=waiting[n]["send_after"],
                    send_after=verdict.until,
                )
            else:
                waiting[n].update(self._failed(verdict.kind, verdict.reason))

    @api.model
    def _check_line(self, channel, line, company):
        if not line:
            return self._failed(
                "connection",
                self.env._(
                    "No line for this channel is connected. Ask an administrator to connect one "
                    "under Communication, Configuration, Connections."
                ),
            )
        if line.channel != channel or line.company_id != company:
            return self._failed(
                "sender",
                self.env._(
                    "The line “%s” belongs to another channel or company. Choose another line.",
                    line.display_name,
                ),
            )
        if line.connection_id.state == "draft":
            return self._failed(
                "connection",
                self.env._(
                    "The connection “%s” is not connected yet. Connect it first.",
                    line.connection_id.name,
                ),
            )
        if not line._may_send(self.env.user):
            return self._failed(
                "sender",
                self.env._(
                    "You may not send from “%s”. Choose another line, or ask an administrator.",
                    line.display_name,
                ),
            )
        return None

    @api.model
    def _check_template(self, template, company):
        """TE4: a template of one company is not another one's."""
        if not template or template.sudo().company_id in (template.company_id.browse(), company):
            return None
        return self._failed(
            "rejected",
            self.env._(
                "The template “%s” belongs to another company. Choose another template.",
                template.sudo().name,
            ),
        )

    @api.model
    def _check_key(self, record, key):
        if key:
            return None
        return self._failed(
            "address",
            self.env._(
                "%(record)s has no address for this channel. Add a mobile phone number or an "
                "e-mail address to the card, or type one.",
                record=record.sudo().display_name,
            ),
        )

    @api.model
    def _failed(self, kind, reason):
        return {"state": const.FAILED, "failure_kind": kind, "failure_reason": reason}
