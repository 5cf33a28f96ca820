from odoo import api, models
from odoo.exceptions import UserError

from ...tools import channels
from ..connection import registry

#: Of an e-mail provider or one without a webhook nothing is copied.
ADDRESSES = ("webhook_url", "webhook_token")


class KalaConnection(models.Model):
    """The guided page of a connection (AD1): one page for every provider, made of what the provider
    says of itself. Its connection exists from the first moment on: the webhook address that is
    copied answers, and a page that is left half way is found again."""

    _inherit = "kala.connection"

    # ------------------------------------------------------------------ choosing

    @api.model
    def guide_choices(self):
        """:return: list of dicts ``code``, ``label``, ``channels`` (words), ``icon``,
        ``connection`` (id of the one that was begun, or False): the providers that may be
        connected"""
        self.check_access("create")
        begun = self._guides_begun()
        found = []
        for code, provider in registry.providers(self.env).items():
            rows = [channels.get(channel) for channel in provider._channels]
            found.append(
                {
                    "code": code,
                    "label": provider._label,
                    "channels": ", ".join(self.env._(row.label) for row in rows),
                    "icon": rows[0].icon if len(rows) == 1 else "fa-comments-o",
                    "connection": begun.get(code, self).id or False,
                }
            )
        return sorted(found, key=lambda choice: choice["label"].lower())

    @api.model
    def guide_begin(self, code):
        """Begin to connect a provider, or go on with what was begun.

        :param str code: of the provider
        :return: id of the connection
        :raise UserError: if no such provider is installed
        """
        self.check_access("create")
        provider = registry.provider(self.env, code)
        if provider is None:
            raise UserError(
                self.env._("The provider “%s” is not installed. Install its addon first.", code)
            )
        begun = self._guides_begun().get(code)
        if not begun:
            begun = self.create(
                {"name": provider._label, "provider": code, "company_id": self.env.company.id}
            )
        return begun.id

    @api.model
    def _guides_begun(self):
        """:return: dict code → the newest draft of the company that is selected"""
        drafts = self.search(
            [("state", "=", "draft"), ("company_id", "=", self.env.company.id)], order="id"
        )
        return {draft.provider: draft for draft in drafts}

    def action_open_guide(self):
        """Go through the steps of this connection once more."""
        self.ensure_one()
        self.check_access("write")
        action = self.env["ir.actions.client"]._for_xml_id("kala_comm.connection_guide_action")
        return {**action, "params": {"connection": self.id}}

    # ------------------------------------------------------------------ shown

    def guide_facts(self):
        """:return: dict of all that the guided page shows; no secret is in it, but the address
        and the token that are given to the provider"""
        self.ensure_one()
        self.check_access("write")
        provider = self._provider()
        if provider is None:
            raise UserError(self._not_installed_sentence())
        return {
            "id": self.id,
            "name": self.name,
            "label": self.provider_label,
            "state": self.state,
            "reason": self.state_words or "",
            "steps": [self._guide_step(step) for step in provider._guide()],
            "lines": [self._guide_line(line) for line in self.line_ids],
            "channels": [
                {
                    "code": row.code,
                    "label": self.env._(row.label),
                    "is_phone": row.line_is_phone,
                    "is_email": row.family == channels.EMAIL,
                }
                for row in map(channels.get, provider._channels)
            ],
            "warning": self._guide_warning(provider),
            "test": self._guide_test(provider),
        }

    def _guide_step(self, step):
        return {
            "text": step.text,
            "link": step.link,
            "link_words": step.link_words,
            "asks_line": step.asks_line,
            "fields": [self._guide_field(name) for name in step.fields],
            "copies": [
                {
                    "name": name,
                    "label": self._guide_label(name),
                    "value": self[name],
                }
                for name in step.shows
            ],
        }

    def _guide_label(self, name):
        if name == "webhook_token":
            return self.env._("Verify token")
        return self._fields[name]._description_string(self.env)

    def _guide_field(self, name):
        """:return: dict of one field; of a secret only whether it is there"""
        field, provider = self._fields[name], self._provider()
        is_secret = name in provider._secret_fields
        return {
            "name": name,
            "type": field.type,
            "label": field._description_string(self.env),
            "help": field._description_help(self.env) or "",
            "is_secret": is_secret,
            "is_required": name in provider._required_fields,
            "is_set": bool(self[name]),
            "value": "" if is_secret else self[name] or "",
            "options": field._description_selection(self.env) if field.type == "selection" else [],
        }

    @api.model
    def _guide_line(self, line):
        channel = channels.get(line.channel)
        return {
            "id": line.id,
            "name": line.display_name,
            "channel": self.env._(channel.label),
            "icon": channel.icon,
        }

    def _guide_warning(self, provider):
        """:return: a sentence where nobody on the Internet can call this database, and it matters;
        "" else"""
        is_called = any(set(ADDRESSES) & set(step.shows) for step in provider._guide())
        if self._is_reachable() or not (is_called or registry.does(provider, "_prepare_webhook")):
            return ""
        if self.polls_news:
            return self.env._(
                "The address of this database (%(address)s) is not on the Internet. %(provider)s "
                "cannot call it: it is asked for its news every few minutes instead.",
                address=self.get_base_url(),
                provider=provider._label,
            )
        return self.env._(
            "The address of this database (%(address)s) is not on the Internet: %(provider)s "
            "cannot call it, and nothing comes in. Give the database a web address that begins "
            "with https:// and that everybody can open (system parameter web.base.url).",
            address=self.get_base_url(),
            provider=provider._label,
        )

    # ------------------------------------------------------------------ filled in

    def guide_save(self, values):
        """Keep what was filled in; an empty secret stays as it was.

        :param dict values: name → value, of the fields that the page shows
        :return: dict of :meth:`guide_facts`
        :raise UserError: if a field is none of the page's
        """
        self.ensure_one()
        self.check_access("write")
        provider = self._provider()
        names = {name for step in provider._guide() for name in step.fields}
        wrong = set(values) - names
        if wrong:
            raise UserError(
                self.env._("“%s” is not a field of this page. Reload the page.", min(wrong))
            )
        given = {
            name: value.strip() if isinstance(value, str) else value
            for name, value in values.items()
        }
        secrets = provider._secret_fields
        self.write({name: value for name, value in given.items() if value or name not in secrets})
        return self.guide_facts()

    def guide_add_line(self, values):
        """Add a number or sender of ours.

        :param dict values: ``channel``, ``address``
        :return: dict of :meth:`guide_facts`
        :raise UserError: if there is no address, or the connection has it already
        """
        self.ensure_one()
        self.check_access("write")
        address = (values.get("address") or "").strip()
        spoken = self._provider()._channels
        channel = values.get("channel") or spoken[0]
        if not address or channel not in spoken:
            raise UserError(self.env._("Enter the number, address or name of the line first."))
        line = self.env["kala.line"]
        known = line._normalise_address(address, self.company_id)
        if self.line_ids.filtered(lambda own: (own.channel, own.address) == (channel, known)):
            raise UserError(self.env._("“%s” is a line of this connection already.", address))
        if channels.get(channel).line_is_phone and not known.startswith("+"):
            raise UserError(
                self.env._(
                    "“%s” is not a phone number. Write it with its country code, such as "
                    "+972 50 234 5678.",
                    address,
                )
            )
        line.create(
            {
                "name": address,
                "channel": channel,
                "address": address,
                "connection_id": self.id,
                "company_id": self.company_id.id,
            }
        )
        return self.guide_facts()

    def guide_connect(self):
        """Connect; what keeps it from being connected is said on the page.

        :return: dict of :meth:`guide_facts`, with ``faults``: list of sentences
        """
        self.ensure_one()
        self.check_access("write")
        return self._guide_tried(self.action_connect)

    def _guide_tried(self, act):
        """Do what a button does. Where it fails, nothing of it stays, as of the button; the page
        says why.

        :param act: function; it may return a notification of faults
        :return: dict of :meth:`guide_facts`, with ``faults``
        """
        faults = []
        try:
            with self.env.cr.savepoint():
                done = act()
            if isinstance(done, dict) and done["params"]["type"] == "warning":
                faults = done["params"]["message"].split("\n")
        except UserError as error:
            faults = [str(error)]
            # Odoo keeps system parameters in memory: what was rolled back is no more (AD5).
            self.env.registry.clear_cache("stable")
        self.invalidate_recordset()
        return {**self.guide_facts(), "faults": faults}

    # ------------------------------------------------------------------ tried

    def _guide_test(self, provider):
        """:return: dict: ``can_send``; ``by_id``: the channel knows people by ids alone, so they
        write first; ``must_write_first``; ``address``: of the user; ``words``: of the last
        test; ``came`` and ``left``: whether something did since the connection was made;
        ``record``: of the last message that came"""
        line, channel = self._test_line(), self._guide_channel()
        me = self.env.user.partner_id
        came = self._guide_last("in")
        left = self._guide_last("out", [("state", "in", ("sent", "delivered", "read"))])
        has_record = came.res_model and came.res_id and came.has_access("read")
        return {
            "can_send": bool(line),
            "is_call": channel.family == channels.CALL,
            "is_email": channel.family == channels.EMAIL,
            "by_id": channel.has_ids and not channel.line_is_phone,
            "must_write_first": bool(provider._free_text_hours_of(channel.code)),
            "address": (me.email if channel.family == channels.EMAIL else me.phone) or "",
            "words": self.test_words or "",
            "came": bool(came),
            "left": bool(left),
            "record": [came.res_model, came.res_id] if has_record else False,
        }

    def _guide_channel(self):
        """:return: the channel that a test goes over"""
        return channels.get(self._test_line().channel or self._provider()._channels[0])

    def _guide_last(self, direction, more=()):
        """Index: ``kala_communication_connection_idx``."""
        return (
            self.env["kala.communication"]
            .sudo()
            .search(
                [
                    ("connection_id", "=", self.id),
                    ("direction", "=", direction),
                    *more,
                ],
                order="date desc, id desc",
                limit=1,
            )
            .sudo(False)
        )

    def guide_test(self, address):
        """Send a test message to the user himself.

        :param str address: his phone, or his e-mail address: it is kept in his preferences where
            he has none
        :return: dict of :meth:`guide_facts`, with ``faults``
        """
        self.ensure_one()
        self.check_access("write")

        def test():
            self._keep_own_address((address or "").strip())
            return self.action_test_message()

        return self._guide_tried(test)

    def _keep_own_address(self, address):
        """What a user changes in his own preferences, he changes here."""
        me = self.env.user
        name = "email" if self._guide_channel().family == channels.EMAIL else "phone"
        if address and address != (me[name] or ""):
            me.write({name: address})
