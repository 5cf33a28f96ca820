"""A small language for tables of cases: a world of records in one line each."""

from datetime import timedelta

from odoo.addons.kala_comm.tests.common import KalaCommon


def customer(**options):
    return "customer", options


def lead(**options):
    return "lead", options


def order(partner, **options):
    return "order", {"partner": partner, **options}


_LINKS = {
    "partner": "partner_id",
    "invoice": "partner_invoice_id",
    "delivery": "partner_shipping_id",
    "parent": "parent_id",
}


class WorldCase(KalaCommon):
    """Builds records from a dict name → :func:`customer`, :func:`lead` or :func:`order`.

    Options besides plain field values: ``partner``, ``invoice``, ``delivery``, ``parent`` (names
    of customers), ``company`` (``"own"``, ``"other"``), ``status`` (code of a status type, or None
    for a stage without one), ``lost`` (True, or the code of its reason's type), ``archived``,
    ``age`` (since creation), ``talked`` (since an incoming message attached to it), ``wrote``
    (since a sent one), ``mailed`` (since a sent e-mail), ``tried`` (state of an outgoing one of
    this moment), ``user`` (attribute of the test). Ages are days or timedeltas.
    """

    def build(self, spec):
        world = {}
        for name, (kind, options) in spec.items():
            world[name] = getattr(self, f"_build_{kind}")(name, world, dict(options))
        return world

    def _build_customer(self, name, world, options):
        later = self._take_later(options)
        return self._finish_record(self.customer(name, **self._plain(world, options)), later)

    def _build_lead(self, name, world, options):
        later = self._take_later(options)
        if "status" in options:
            later["status"] = options.pop("status")
        lost = options.pop("lost", False)
        record = self.lead(name, **self._plain(world, options))
        if "status" in later:
            record.stage_id = self._stage(later.pop("status"))
        if lost:
            reason = self.env["crm.lost.reason"]
            if lost is not True:
                reason = reason.create(
                    {"name": f"Reason {lost}", "kala_status_type_id": self.types[lost].id}
                )
            record.action_set_lost(lost_reason_id=reason.id)
        return self._finish_record(record, later)

    def _build_order(self, name, world, options):
        later = self._take_later(options)
        code = options.pop("status", None)
        state = options.pop("state", "draft")
        record = self.order(world[options.pop("partner")], **self._plain(world, options))
        if state == "cancel":
            record._action_cancel()
        elif state in ("sale", "locked"):
            record.write({"state": "sale", "locked": state == "locked"})
        if code:
            record.kala_status_id = self.env["kala.order.status"].create(
                {"name": code, "state": "draft", "kala_status_type_id": self.types[code].id}
            )
        return self._finish_record(record, later)

    def _plain(self, world, options):
        vals = {}
        for key, value in options.items():
            if key in _LINKS:
                vals[_LINKS[key]] = world[value].id
            elif key == "company":
                vals["company_id"] = self._company(value).id
            elif key == "user":
                vals["user_id"] = getattr(self, value).id
            else:
                vals[key] = value
        return vals

    def _company(self, name):
        return self.other_company if name == "other" else self.company

    def _take_later(self, options):
        names = ("age", "talked", "wrote", "mailed", "tried", "archived")
        return {name: options.pop(name) for name in names if name in options}

    def _finish_record(self, record, later):
        company = record.company_id or self.company
        if "talked" in later:
            self.log(record, direction="in", date=self._ago(later["talked"]), company_id=company.id)
        if "wrote" in later:
            self.log(record, date=self._ago(later["wrote"]), company_id=company.id)
        if "mailed" in later:
            self.log(
                record, channel="email", date=self._ago(later["mailed"]), company_id=company.id
            )
        if "tried" in later:
            self.log(record, state=later["tried"], company_id=company.id)
        if later.get("archived"):
            record.active = False
        if "age" in later:
            age = self._delta(later["age"])
            self.age(record, seconds=age.total_seconds())
        self.env.flush_all()
        return record

    def _stage(self, code):
        return self.env["crm.stage"].create(
            {
                "name": f"Stage {code}",
                "kala_status_type_id": self.types[code].id if code else False,
                "is_won": code == "won",
            }
        )

    def _ago(self, age):
        return self.now - self._delta(age)

    @staticmethod
    def _delta(age):
        return age if isinstance(age, timedelta) else timedelta(days=age)
