from odoo import api, models, tools
from odoo.tools.mail import decode_message_header

from ...tools.phone import email_key

#: Headers that name the mailbox, the likeliest first. In a blind copy only the last two name it.
RECIPIENTS = ("To", "Cc", "Resent-To", "Resent-Cc", "Delivered-To", "X-Original-To")


class KalaIntake(models.AbstractModel):
    """To which mailbox of ours an e-mail came, and whether an address is one of ours (MX1)."""

    _inherit = "kala.intake"

    @api.model
    def _email_line(self, message):
        """Find the line whose mailbox an e-mail was sent to: by the addresses it names, with or
        without a tag (``sales+spring@…``); of a blind copy by the mailbox that was fetched.

        :return: ``kala.line``, empty where it is none
        """
        named = [
            key.value
            for header in RECIPIENTS
            for address in tools.email_split(decode_message_header(message, header, separator=","))
            if (key := email_key(address))
        ]
        addresses = [a for address in named for a in (address, self._without_tag(address))]
        fetched = self._fetched_address()
        if fetched and not any(a.endswith(fetched[fetched.index("@") :]) for a in addresses):
            addresses.append(fetched)
        lines = self.env["kala.line"].search(
            [("channel", "=", "email"), ("address", "in", addresses)]
        )
        return lines.sorted(lambda line: addresses.index(line.address))[:1]

    @api.model
    def _others_aliases(self, routes):
        """Find the aliases of others in a message that names a mailbox of ours, too: what comes
        there is made as Odoo makes it (MX1). Where no alias of leads is the mailbox, they are
        where the mailbox forwards to.

        :return: ``mail.alias``
        """
        new = [(model, alias) for model, thread, _v, _u, alias in routes if alias and not thread]
        nobody = self.env["mail.alias"]
        of_leads = nobody.union(*[alias for model, alias in new if model == "crm.lead"])
        ours = of_leads.filtered(self._is_mailbox) or of_leads
        return nobody.union(*[alias for _model, alias in new]) - ours

    @api.model
    def _passes_by(self, message, routes):
        """:return: whether it names a mailbox of ours, and Odoo only knows the aliases of others
        that it names, too: jobs, projects (MX1)"""
        others = [alias for model, thread, _v, _u, alias in routes if alias and not thread]
        if not others or len(others) < len(routes) or any(r[0] == "crm.lead" for r in routes):
            return False
        return bool(self._email_line(message)) and not any(map(self._is_mailbox, others))

    @api.model
    def _is_mailbox(self, alias):
        """:return: whether a line of ours has the address of an alias"""
        address = [("address", "=", alias.alias_full_name)]
        if alias.alias_incoming_local:
            address = ["|", *address, ("address", "=like", f"{alias.alias_name}@%")]
        return bool(
            self.env["kala.line"].search_count([("channel", "=", "email"), *address], limit=1)
        )

    @api.model
    def _without_tag(self, address):
        name, _at, domain = address.rpartition("@")
        return f"{name.partition('+')[0]}@{domain}"

    @api.model
    def _fetched_address(self):
        """:return: address of the mailbox that Odoo fetches just now, empty where its login is
        none"""
        server_id = self.env.context.get("default_fetchmail_server_id")
        key = email_key(self.env["fetchmail.server"].browse(server_id or ()).user)
        return key.value if key else ""

    @api.model
    def _is_employee(self, key):
        """:return: whether it is the address of somebody who works with Odoo
        Index: ``res_partner__email_normalized_index``."""
        return bool(key) and bool(
            self.env["res.partner"].search_count(
                [
                    ("email_normalized", "=", key.value),
                    ("partner_share", "=", False),
                    ("user_ids", "!=", False),
                ],
                limit=1,
            )
        )

    @api.model
    def _is_ours(self, key):
        """Whether one of our mailboxes wrote it: a copy, a forward, a loop."""
        return bool(key) and bool(
            self.env["kala.line"].search_count(
                [("channel", "=", "email"), ("address", "=", key.value)], limit=1
            )
        )
