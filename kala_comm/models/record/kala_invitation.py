import hashlib
import secrets
from datetime import timedelta

from odoo import api, fields, models

from ..connection import registry

#: For so long a link may be followed.
DAYS = 30
#: Providers that have links which a contact can follow to us.
INVITES = "_invitation_url"


class KalaInvitation(models.Model):
    """A link, for one time, by which a contact follows us to a channel that knows people by ids
    alone (MA8): who follows it is the contact of its record. What is kept of the link is a hash:
    nobody else can follow it."""

    _name = "kala.invitation"
    _description = "Invitation to a Channel"
    _inherit = ["kala.hidden.name"]

    token_hash = fields.Char(required=True, readonly=True, groups=fields.NO_ACCESS)
    connection_id = fields.Many2one(
        "kala.connection", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", required=True, readonly=True)
    expires = fields.Datetime(required=True, readonly=True)
    used_date = fields.Datetime(readonly=True)

    _token_uniq = models.UniqueIndex("(token_hash)")

    def _set_full_names(self):
        for invitation in self:
            invitation.display_name = self.env._("Invitation %s", invitation.id)

    @api.model
    def _inviting(self, company):
        """:return: connected ``kala.connection`` of a company to which one can invite, sudo"""
        codes = [
            code
            for code, provider in registry.providers(self.env).items()
            if registry.does(provider, INVITES)
        ]
        found = self.env["kala.connection"].sudo()
        return found.search(
            [
                ("company_id", "=", company.id),
                ("provider", "in", codes),
                ("state", "=", "connected"),
            ]
        )

    @api.model
    def _invite(self, record, connection):
        """Make a link that ties who follows it to a record.

        :param record: lead, order or customer
        :param connection: one of :meth:`_inviting`
        :return: the link; "" where the provider does not know its own name yet
        """
        token = secrets.token_urlsafe(24)
        url = connection._provider()._invitation_url(connection, token)
        if url:
            self.sudo().create(
                {
                    "token_hash": self._hash(token),
                    "connection_id": connection.id,
                    "company_id": connection.company_id.id,
                    "res_model": record._name,
                    "res_id": record.id,
                    "expires": fields.Datetime.now() + timedelta(days=DAYS),
                }
            )
        return url

    @api.model
    def _hash(self, token):
        return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()

    @api.model
    def _accept(self, company, connection, token, key):
        """Tie a contact to the record of the link that he followed. A link that was used, that is
        too old, or of another connection ties nobody.

        Index: ``kala_invitation_token_uniq``.

        :param ContactKey key: his id on the connection
        :return: whether it did
        """
        self.flush_model()
        self.env.cr.execute(
            """UPDATE kala_invitation SET used_date = now() AT TIME ZONE 'UTC'
                WHERE token_hash = %s AND connection_id = %s AND used_date IS NULL
                  AND expires > now() AT TIME ZONE 'UTC'
            RETURNING res_model, res_id""",
            [self._hash(token), connection.id],
        )
        row = self.env.cr.fetchone()
        self.invalidate_model(flush=False)
        if not row or not self.env[row[0]].browse(row[1]).exists():
            return False
        self.env["kala.contact.point"]._pin(company, key, connection.id, *row)
        return True

    @api.autovacuum
    def _gc_invitations(self):
        """Links that nobody can follow any more."""
        limit = fields.Datetime.now() - timedelta(days=DAYS)
        self.sudo().search([("expires", "<", limit)], limit=10000).unlink()
