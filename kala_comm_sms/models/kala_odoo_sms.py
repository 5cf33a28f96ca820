from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.kala_comm.tools import const as core_const
from odoo.addons.sms.tools.sms_api import SmsApiBase

from .. import const


class SmsApiKala(SmsApiBase):
    """What Odoo takes for its SMS service where the company has a line of ours (SM2): it
    queues instead of sending, so that nothing is sent inside the user's transaction."""

    PROVIDER_TO_SMS_FAILURE_TYPE = SmsApiBase.PROVIDER_TO_SMS_FAILURE_TYPE | {
        "insufficient_credit": "sms_credit"
    }

    def _send_sms_batch(self, messages, delivery_reports_url=False):
        """:return: list of dicts ``uuid, state, failure_reason``, as Odoo's own service answers"""
        return self.env["kala.odoo.sms"]._queue(self.company, messages)


class KalaOdooSms(models.AbstractModel):
    """Odoo's own SMS buttons and automations, through window, consent, retry and log (SM2)."""

    _name = "kala.odoo.sms"
    _description = "Odoo SMS through Communication"

    @api.model
    def _queue(self, company, messages):
        """Queue what Odoo wants to send.

        :param list messages: dicts ``content, numbers`` as for Odoo's own service
        :return: list of dicts ``uuid, state, failure_reason``
        """
        wanted, results = self._read_messages(company, messages)
        records = self._records([uuid for uuid, _number, _key, _body in wanted])
        priority = self._priority(wanted)
        lines = self.env["kala.line"]._choose_all(
            "sms",
            self.env.user,
            [(company, key) for _uuid, _number, key, _body in wanted],
            by_hand=priority == core_const.PRIORITY_PERSON,
        )
        vals_list = []
        for (uuid, number, _key, body), line in zip(wanted, lines, strict=True):
            record, message = records.get(uuid, (None, None))
            vals = self._prepare_vals(company, record, message, line, number, body)
            vals_list.append(dict(vals, sms_uuid=uuid, priority=priority))
        outbox = self.env["kala.outbox"]
        outbox._pass_gate(vals_list)
        outbox._queue(vals_list)
        return results + [self._result_of(vals) for vals in vals_list]

    @api.model
    def _read_messages(self, company, messages):
        """:return: (list of (uuid, number, ContactKey, text), results of numbers that are none)"""
        wanted, refused = [], []
        customers = self.env["res.partner"]
        for message in messages:
            for recipient in message["numbers"]:
                uuid, number = recipient["uuid"], recipient["number"] or ""
                try:
                    key = customers._kala_check_number(number, company)
                except UserError as error:
                    refused.append(_result(uuid, "wrong_number_format", str(error)))
                    continue
                wanted.append((uuid, number, key, message["content"] or ""))
        return wanted, refused

    @api.model
    def _result_of(self, vals):
        kind = vals.get("failure_kind")
        state = const.SMS_STATE_BY_KIND[kind] if kind else "processing"
        return _result(vals["sms_uuid"], state, vals.get("failure_reason"))

    @api.model
    def _priority(self, wanted):
        """A person writes one message; a batch, or what a job sends, gives way to answers."""
        is_person = len(wanted) == 1 and not self.env.user._is_superuser()
        return core_const.PRIORITY_PERSON if is_person else core_const.PRIORITY_AUTOMATION

    @api.model
    def _prepare_vals(self, company, record, message, line, number, body):
        """:return: values of one communication"""
        holder = self.env["res.partner"] if record is None else record
        outbox = self.env["kala.outbox"]
        vals = outbox._prepare_vals(
            holder.with_company(company).sudo(),
            outbox._request("sms", number=number),
            points=[],
            line=line,
            common={
                "body": body,
                "send_after": fields.Datetime.now(),
                "ignore_window": False,
            },
        )
        if record is None:
            vals.update(res_model=False, res_id=False)
        elif (message.model, message.res_id) == (record._name, record.id):
            # Odoo wrote the line in the chatter already.
            vals["mail_message_id"] = message.id
        return vals

    # ------------------------------------------------------------------ records

    @api.model
    def _records(self, uuids):
        """Find what the messages belong to: the record they were written on where it is a
        lead, an order or a customer, else their customer.

        :return: dict uuid → (record, ``mail.message``); without those that belong to nothing
        """
        rows = self.env["sms.sms"].sudo().search([("uuid", "in", uuids)])
        places = {sms.uuid: self._place(sms) for sms in rows}
        by_model = {}
        for model, res_id in places.values():
            by_model.setdefault(model, set()).add(res_id)
        found = {
            model: set(self.env[model].browse(ids).sudo().exists().ids)
            for model, ids in by_model.items()
            if model
        }
        return {
            sms.uuid: (self._browse(model, res_id, found), sms.mail_message_id)
            for sms in rows
            for model, res_id in [places[sms.uuid]]
            if res_id in found.get(model, ())
        }

    @api.model
    def _browse(self, model, res_id, found):
        return self.env[model].browse(res_id).with_prefetch(list(found[model]))

    @api.model
    def _place(self, sms):
        message = sms.mail_message_id
        for model, res_id in (
            (message.model, message.res_id),
            (sms.kala_res_model, sms.kala_res_id),
            ("res.partner", sms.partner_id.id),
        ):
            if res_id and model in core_const.RECORD_MODELS:
                return model, res_id
        return False, False


def _result(uuid, state, reason=None):
    return {"uuid": uuid, "state": state, "failure_reason": reason or False}
