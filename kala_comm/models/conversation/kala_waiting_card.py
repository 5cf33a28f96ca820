from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Date
from odoo.tools import formatLang

from ...tools.phone import format_phone

#: Other records that the card names.
OTHERS = 5
#: State of an address on the consent card → what the inbox says of the channel. The best of the
#: addresses counts.
CONSENT = {"yes": "allowed", "no": "refused", "listed": "refused"}
BEST = ("refused", "unknown", "allowed")


class KalaWaiting(models.Model):
    """The card of the record beside its conversation (LO9): facts, without the form."""

    _inherit = "kala.waiting"

    @api.model
    @api.readonly
    def card(self, model, res_id):
        """What the card of a record shows.

        :param str model: ``crm.lead``, ``sale.order`` or ``res.partner``
        :return: dict: ``model``, ``id``, ``name``, ``model_label``, ``status`` (of its status
            type), ``stage`` (dict ``id``, ``name``, or False), ``stages`` (list of the same: those
            that the user may choose), ``user`` (dict or False), ``activity`` (the next one: dict
            ``id``, ``summary``, ``deadline``, ``user``, or False), ``customer`` (dict or False),
            ``phones``, ``emails`` (as people write them), ``order_total`` (of an order, or of the
            customer's open orders; with its currency; "" = none), ``tags``, ``consent`` (channel →
            ``allowed``, ``refused`` or ``unknown``), ``records`` (others that are similar, the
            newest first: dicts ``model``, ``id``, ``name``, ``status``)
        :raise AccessError: if the user may not read the record
        :raise MissingError: if it is gone
        """
        self._check_reader()
        conversations = self.env["kala.conversation"]
        record = conversations._record(model, res_id)
        own, *others = conversations._records(record)
        return {
            **own,
            "model_label": self.env["ir.model"]._get(model).name,
            **self._stage_facts(record),
            "user": self._named(record.sudo().user_id),
            "activity": self._next_activity(record),
            "customer": self._customer_of(record),
            **self._addresses(record),
            "order_total": self._order_total(record, others),
            "tags": self._tags(record),
            "consent": self._consent(record),
            "records": others[:OTHERS],
        }

    @api.model
    def set_stage(self, model, res_id, stage_id):
        """Move a lead to a stage, or give an order a status.

        :return: what :meth:`card` returns
        :raise AccessError: if the user may not write the record
        :raise UserError: if the record has no such stage
        """
        self._check_reader()
        record = self.env["kala.conversation"]._record(model, res_id)
        field, stages = self._stages(record)
        if not field or int(stage_id) not in stages.ids:
            raise UserError(
                self.env._("There is no such stage for this record any more. Reload the page.")
            )
        record.write({field: int(stage_id)})
        self.env["kala.communication"].sudo()._show_places([(model, record.id)])
        return self.card(model, res_id)

    # ------------------------------------------------------------------ facts

    @api.model
    def _named(self, record):
        return {"id": record.id, "name": record.display_name} if record else False

    @api.model
    def _stages(self, record):
        """:return: (name of the field, its possible values)"""
        if record._name == "crm.lead":
            team = record.team_id
            domain = [("team_ids", "in", [False, *team.ids])]
            return "stage_id", self.env["crm.stage"].search(domain)
        if record._name == "sale.order":
            statuses = self.env["kala.order.status"].sudo()._of_company(record.company_id)
            return "kala_status_id", statuses.filtered(lambda s: s.state == record.state)
        return None, None

    @api.model
    def _stage_facts(self, record):
        field, stages = self._stages(record)
        if not field:
            return {"stage": False, "stages": []}
        may_write = record.has_access("write")
        return {
            "stage": self._named(record[field]),
            "stages": [self._named(stage) for stage in stages] if may_write else [],
        }

    @api.model
    def _next_activity(self, record):
        activity = self.env["mail.activity"].search(
            [
                ("res_model", "=", record._name),
                ("res_id", "=", record.id),
                ("kala_company_id", "in", [*self.env.companies.ids, False]),
            ],
            order="date_deadline, id",
            limit=1,
        )
        return bool(activity) and {
            "id": activity.id,
            "summary": activity.summary or activity.activity_type_id.name or "",
            "deadline": Date.to_string(activity.date_deadline),
            "user": activity.user_id.sudo().name or "",
        }

    @api.model
    def _customer_of(self, record):
        customer = record.sudo()._kala_customer().sudo(False)
        return self._named(customer._filtered_access("read"))

    @api.model
    def _keys_of(self, record):
        """:return: list of the ContactKeys of a record and its customers, each once"""
        contacts = record.sudo()._kala_contacts().sudo(False)._filtered_access("read")
        holders = [contacts.sudo()] if record._name == "sale.order" else [record.sudo()]
        points = [point for of in holders for row in of._kala_points().values() for point in row]
        return list(dict.fromkeys(key for key, _connection in points))

    @api.model
    def _addresses(self, record):
        keys = self._keys_of(record)
        region = record._kala_send_company().sudo()._kala_region()
        return {
            "phones": [
                format_phone(key.value, region) if key.kind == "phone" else key.value
                for key in keys
                if key.kind in ("phone", "raw")
            ],
            "emails": [key.value for key in keys if key.kind == "email"],
        }

    @api.model
    def _order_total(self, record, others):
        """:param list others: similar records that the user may read"""
        orders = self.env["sale.order"]
        if record._name == "sale.order":
            orders = record
        elif orders.has_access("read"):
            ids = [row["id"] for row in others if row["model"] == "sale.order"]
            orders = orders.browse(ids).filtered(lambda o: o.state in ("draft", "sent", "sale"))
        totals = {}
        for order in orders:
            currency = order.currency_id
            totals[currency] = totals.get(currency, 0) + order.amount_total
        return " + ".join(
            formatLang(self.env, total, currency_obj=currency) for currency, total in totals.items()
        )

    @api.model
    def _tags(self, record):
        field = "category_id" if record._name == "res.partner" else "tag_ids"
        if not record._has_field_access(record._fields[field], "read"):
            return []
        return record[field].sudo().mapped("name")

    @api.model
    def _consent(self, record):
        """:return: dict channel → allowed, refused or unknown (CO1, CO2)"""
        company = record._kala_send_company()
        keys = self._keys_of(record)
        holder = record if record._name != "sale.order" else record.sudo().partner_id
        found = {}
        for address in self.env["kala.consent.card"]._addresses(holder.sudo(), company, keys):
            for channel in address["channels"]:
                state = CONSENT.get(channel["state"], "unknown")
                known = found.get(channel["channel"], BEST[0])
                found[channel["channel"]] = max(known, state, key=BEST.index)
        return found
