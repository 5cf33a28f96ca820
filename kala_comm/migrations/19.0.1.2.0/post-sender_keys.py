"""Numbers that providers wrote with their country code were read as local ones once
(docs/architecture.md, 3.16): 22990011223 became +97222990011223, and the answer went to that
stranger. What the provider wrote is kept with its event for some weeks; the messages of those weeks
are brought to the right key, with their open tasks, the leads that they made and what their senders
answered about being written to. Older ones stay as they are: nobody knows any more what was
written."""

from odoo import SUPERUSER_ID, api

from odoo.addons.kala_comm.tools.phone import ContactKey, format_phone, phone_keys

#: Each sender once, however much he wrote.
SENDERS = """
    SELECT c.company_id, i.connection_id, c.line_id, i.content->>'contact_value' AS written,
           c.contact_kind, c.contact_value, array_agg(c.id) AS ids
      FROM kala_inbound_item i
      JOIN kala_communication c ON c.id = i.communication_id
     WHERE i.kind IN ('message', 'call') AND c.contact_kind IN ('phone', 'raw')
       AND COALESCE(i.content->>'contact_kind', 'phone') = 'phone'
       AND i.content->>'contact_value' <> ''
     GROUP BY 1, 2, 3, 4, 5, 6
"""


def migrate(cr, version):
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
    cr.execute(SENDERS)
    for company_id, connection_id, line_id, written, kind, value, ids in cr.fetchall():
        old = ContactKey(kind, value)
        region = env["kala.line"].browse(line_id or ())._kala_region() if line_id else None
        new = env["kala.connection"].browse(connection_id)._phone_key(written, region)
        if new and new != old:
            _correct(env, env["res.company"].browse(company_id), old, new, ids)
    env.flush_all()


def _correct(env, company, old, new, ids):
    """:param list ids: of the messages that came from a sender"""
    communications = env["kala.communication"]
    env.flush_all()
    env.cr.execute(
        "UPDATE kala_communication SET contact_kind = %s, contact_value = %s WHERE id = ANY(%s)",
        [*new, ids],
    )
    communications.invalidate_model(flush=False)
    messages = communications.browse(ids)
    _correct_tasks(env, messages, old, new)
    _correct_leads(messages, old, new)
    env["kala.intake"]._take_answers_of(company, old, new)


def _correct_tasks(env, messages, old, new):
    """A task of the same kind that the right key has already stays beside it."""
    env.cr.execute(
        """UPDATE mail_activity a SET kala_contact = %(new)s
            WHERE a.kala_contact = %(old)s AND a.id = ANY(%(ids)s)
              AND NOT EXISTS (
                  SELECT FROM mail_activity o
                   WHERE o.active AND o.kala_contact = %(new)s AND o.res_model = a.res_model
                     AND o.res_id = a.res_id AND o.kala_kind = a.kala_kind
                     AND COALESCE(o.user_id, 0) = COALESCE(a.user_id, 0))""",
        {"new": new.value, "old": old.value, "ids": messages.activity_id.ids},
    )
    env["mail.activity"].invalidate_model(["kala_contact"], flush=False)


def _correct_leads(messages, old, new):
    """Where nobody wrote another number on them since."""
    for lead in messages.lead_id.filtered("kala_origin"):
        if phone_keys(lead.phone, lead._kala_region()) == [old]:
            lead.phone = format_phone(new.value) if new.kind == "phone" else new.value
