from odoo import api, fields, models

from ..connection.channel_fields import ContactKindField


class KalaContactPicture(models.Model):
    """The picture that a contact shows on a channel that knows him by an id (ME1). People see it
    with the lead or the customer that he is, and only there."""

    _name = "kala.contact.picture"
    _description = "Picture of a Contact"
    _inherit = ["kala.hidden.name"]
    _rec_name = "value"
    _log_access = False

    connection_id = fields.Many2one("kala.connection", required=True, ondelete="cascade")
    kind = ContactKindField(required=True)
    value = fields.Char(required=True)
    # In the table: contact points come and go by SQL, and would leave files behind.
    image = fields.Binary(attachment=False)
    tries = fields.Integer()
    due = fields.Datetime(help="When it is asked for again; empty = it is there, or there is none.")

    _key_uniq = models.UniqueIndex(
        "(connection_id, kind, value)", "The picture of this contact is here already."
    )

    @api.model
    def _of_leads(self, leads):
        """Indexes: ``kala_contact_point_record_idx``, ``kala_contact_picture_key_uniq``.

        :return: dict lead id → id of the picture of its contact
        """
        if not leads.ids:
            return {}
        self.flush_model()
        self.env.cr.execute(
            """SELECT p.res_id, max(x.id)
                 FROM kala_contact_point p
                 JOIN kala_contact_picture x
                   ON x.connection_id = p.connection_id AND x.kind = p.kind AND x.value = p.value
                WHERE p.res_model = 'crm.lead' AND p.res_id = ANY(%s) AND x.image IS NOT NULL
                GROUP BY p.res_id""",
            [leads.ids],
        )
        return dict(self.env.cr.fetchall())

    @api.autovacuum
    def _gc_pictures(self):
        """Who is no record's contact any more is forgotten. Index:
        ``kala_contact_point_key_uniq``."""
        self.env.cr.execute(
            """DELETE FROM kala_contact_picture x
                WHERE x.due IS NULL
                  AND NOT EXISTS (
                      SELECT 1 FROM kala_contact_point p
                       WHERE p.kind = x.kind AND p.value = x.value
                         AND p.connection_id = x.connection_id)"""
        )
        self.invalidate_model()


class ResPartner(models.Model):
    """Shows a contact's picture where nobody has chosen one."""

    _inherit = "res.partner"

    def _kala_show_picture(self, image):
        """A picture that stands on the card is never replaced; employees choose their own.

        :param bytes image: base64
        """
        bare = self.filtered(lambda p: not p.is_company and not p.image_1920 and not p.user_ids)
        bare.write({"image_1920": image})


class CrmLead(models.Model):
    """A lead shows the picture of who wrote, until he is a customer."""

    _inherit = "crm.lead"

    kala_picture = fields.Binary(string="Contact's picture", compute="_compute_kala_picture")

    @api.depends_context("uid")
    def _compute_kala_picture(self):
        """Whoever may not read the lead sees no picture, in whatever way he came by the lead."""
        pictures = self.env["kala.contact.picture"].sudo()
        found = pictures._of_leads(self.with_user(self.env.uid)._filtered_access("read"))
        rows = {row.id: row.image for row in pictures.browse(found.values())}
        for lead in self:
            lead.kala_picture = rows.get(found.get(lead._origin.id or lead.id), False)

    def _create_customer(self, with_parent=None):
        """The customer who is made of a lead brings his picture along."""
        customer = super()._create_customer(with_parent=with_parent)
        if self.kala_picture:
            customer._kala_show_picture(self.kala_picture)
        return customer
