import secrets

from odoo import api, fields, models


class KalaChatter(models.AbstractModel):
    """Lines in the chatter of records (LO1): one create for a whole batch, with a subtype of
    our own, so that no follower gets an e-mail (docs/architecture.md, 3.10)."""

    _name = "kala.chatter"
    _description = "Chatter Lines"

    @api.model
    def _write(self, lines):
        """:param list lines: of (record, Markup body, (author id or False, author name), company)
        :return: ``mail.message``, in the same order"""
        subtype = self.env.ref("kala_comm.mail_message_subtype_communication")
        now = fields.Datetime.now()
        return (
            self.env["mail.message"]
            .sudo()
            .create(
                [
                    {
                        "model": record._name,
                        "res_id": record.id,
                        "body": body,
                        "author_id": author_id,
                        "email_from": name,
                        "reply_to": "",
                        "message_type": "kala",
                        "subtype_id": subtype.id,
                        "date": now,
                        "message_id": f"<{secrets.token_hex(12)}-kala-{record.id}@{record._name}>",
                        "record_name": record.display_name,
                        # Of a customer whom companies share, each reads its own lines (LO8).
                        "record_company_id": company.id,
                    }
                    for record, body, (author_id, name), company in lines
                ]
            )
        )
