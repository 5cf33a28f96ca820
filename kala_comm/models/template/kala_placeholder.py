from datetime import timedelta

from odoo import api, fields, models, tools
from odoo.tools import format_amount, format_date

from ...tools.phone import format_phone
from ...tools.placeholders import Value


class KalaPlaceholder(models.AbstractModel):
    """The documented list of placeholders (TE1): what templates may name, and the texts that
    stand for them on a record. Other addons add names by extending :meth:`_groups`."""

    _name = "kala.placeholder"
    _description = "Template Placeholders"

    @api.model
    def _groups(self):
        """:return: list of (group title, list of (name, description)), for the picker"""
        return [
            (
                self.env._("Contact"),
                [
                    ("first_name", self.env._("First name")),
                    ("full_name", self.env._("Full name")),
                    ("phone", self.env._("Phone")),
                    ("email", self.env._("E-mail")),
                    ("customer_name", self.env._("Customer")),
                    ("city", self.env._("City")),
                ],
            ),
            (
                self.env._("Company"),
                [
                    ("company_name", self.env._("Our company")),
                    ("company_phone", self.env._("Our phone")),
                    ("company_email", self.env._("Our e-mail")),
                    ("company_website", self.env._("Our website")),
                ],
            ),
            (
                self.env._("Record"),
                [
                    ("record_name", self.env._("Name of the record")),
                    ("stage", self.env._("Stage or status")),
                ],
            ),
            (
                self.env._("Lead"),
                [
                    ("lead_name", self.env._("Name of the lead")),
                    ("lead_source", self.env._("Source of the lead")),
                    ("lead_deadline", self.env._("Expected closing of the lead")),
                ],
            ),
            (
                self.env._("Order"),
                [
                    ("order_number", self.env._("Number of the order")),
                    ("order_total", self.env._("Total of the order")),
                    ("order_date", self.env._("Date of the order")),
                    ("order_validity", self.env._("Until when the quotation holds")),
                ],
            ),
            (
                self.env._("Responsible"),
                [
                    ("responsible_name", self.env._("Name of the responsible user")),
                    ("responsible_phone", self.env._("Phone of the responsible user")),
                    ("responsible_email", self.env._("E-mail of the responsible user")),
                ],
            ),
            (
                self.env._("Dates"),
                [("today", self.env._("Today")), ("tomorrow", self.env._("Tomorrow"))],
            ),
            (
                self.env._("Links"),
                [
                    ("record_link", self.env._("Link to the order for the customer")),
                    ("staff_link", self.env._("Link to the record for colleagues")),
                ],
            ),
        ]

    @api.model
    def _starts_of_models(self):
        """:return: dict: first letters of the placeholders that only records of one model have →
        the model"""
        return {"order_": "sale.order", "record_link": "sale.order", "lead_": "crm.lead"}

    @api.model
    @api.readonly
    def get_groups(self):
        """:return: list of dicts ``title``, ``rows`` (of ``name``, ``label``), for the picker"""
        return [
            {"title": title, "rows": [{"name": name, "label": label} for name, label in rows]}
            for title, rows in self._groups()
        ]

    @api.model
    @tools.ormcache()
    def _names(self):
        """:return: frozenset of the known placeholders; asked for each recipient of a mass send"""
        return frozenset(name for _title, rows in self._groups() for name, _description in rows)

    @api.model
    def _values(self, record, used=None):
        """:param record: lead, order, customer, or a record of another model that a rule is about
        :param used: names that are wanted; None = all
        :return: dict name → text; empty where the record has nothing
        """
        record.ensure_one()
        # Stages and countries have names in each language: the reader's, not the writer's.
        record = record.sudo()
        lang = self.env.context.get("lang") or self.env.lang
        if record.env.context.get("lang") != lang:
            record = record.with_context(lang=lang)
        names = self._names() if used is None else used
        values = dict.fromkeys(names, "")
        for prepare in self._preparers_of(frozenset(names)):
            values.update(getattr(self, prepare)(record))
        return values

    @api.model
    @tools.ormcache("names")
    def _preparers_of(self, names):
        """:param frozenset names: of placeholders; asked for each recipient of a mass send
        :return: list of the methods that fill them"""
        return [
            prepare
            for prefixes, prepare in self._preparers()
            if any(name.startswith(prefixes) for name in names)
        ]

    @api.model
    def _preparers(self):
        """:return: list of (tuple of the first letters of names, method that fills them)"""
        return [
            (("first_", "full_", "phone", "email", "customer_", "city"), "_contact_values"),
            (("company_",), "_company_values"),
            (("record_name", "stage", "lead_", "order_"), "_record_values"),
            (("today", "tomorrow"), "_date_values"),
            (("staff_link",), "_staff_link_values"),
            (("record_link",), "_customer_link_values"),
            (("responsible_",), "_responsible_values"),
        ]

    @api.model
    def _contact_values(self, record):
        customer = record._kala_customer()
        phones, emails = record._kala_address_fields()
        name = customer.name or self._own_text(
            record, ["contact_name"] if "contact_name" in record._fields else ["partner_name"]
        )
        return {
            "first_name": name.split()[0] if name.split() else "",
            "full_name": name,
            "phone": customer.phone or self._own_text(record, phones),
            "email": customer.email or self._own_text(record, emails),
            "customer_name": customer.display_name or "",
            "city": customer.city or self._own_text(record, ["city"]),
        }

    @api.model
    def _own_text(self, record, names):
        """:return: str: what stands in the first of some fields that the record has and that is
        not empty"""
        known = (n for n in names if n in record._fields and record._fields[n].type == "char")
        return next((record[name] for name in known if record[name]), "")

    @api.model
    def _company_values(self, record):
        company = record._kala_send_company()
        phone = company.phone or ""
        return {
            "company_name": company.name or "",
            "company_phone": format_phone(phone) if phone.startswith("+") else phone,
            "company_email": company.email or "",
            "company_website": company.website or "",
        }

    @api.model
    def _record_values(self, record):
        values = {"record_name": record.display_name or ""}
        if "stage_id" in record._fields and record._fields["stage_id"].relational:
            values["stage"] = record.stage_id.display_name or ""
        if record._name == "crm.lead":
            values.update(
                lead_name=record.name or "",
                lead_source=record.source_id.name or "",
                lead_deadline=self._date(record.date_deadline),
            )
        if record._name == "sale.order":
            values.update(
                stage=record.kala_status_id.name or "",
                order_number=record.name or "",
                order_total=Value.of(
                    format_amount(self.env, record.amount_total, record.currency_id),
                    record.amount_total,
                    self.env.lang,
                ),
                order_date=self._date(self._local(record, record.date_order)),
                order_validity=self._date(record.validity_date),
            )
        return values

    @api.model
    def _date_values(self, record):
        today = self._local(record, fields.Datetime.now())
        return {
            "today": self._date(today),
            "tomorrow": self._date(today + timedelta(days=1)),
        }

    @api.model
    def _date(self, day):
        """:return: the day as the reader's language writes it; empty for none"""
        return Value.of(format_date(self.env, day), day, self.env.lang) if day else ""

    @api.model
    def _local(self, record, moment):
        """:return: the date of a moment (naive UTC) where the company is: a job has no zone of
        its own, and an evening is not the next day"""
        company = record._kala_send_company()
        zone = company.resource_calendar_id.tz or company.partner_id.tz or "UTC"
        there = fields.Datetime.context_timestamp(record.with_context(tz=zone), moment)
        return there.date()

    @api.model
    def _staff_link_values(self, record):
        return {"staff_link": f"{record.get_base_url()}/odoo/{record._name}/{record.id}"}

    @api.model
    def _customer_link_values(self, record):
        """Odoo writes a token to the order for it."""
        if record._name != "sale.order":
            return {}
        return {"record_link": record.get_base_url() + record.get_portal_url()}

    @api.model
    def _responsible_values(self, record):
        user = record._kala_users(record._kala_responsible_field)[:1]
        return {
            "responsible_name": user.name or "",
            "responsible_phone": user.phone or "",
            "responsible_email": user.email or "",
        }
