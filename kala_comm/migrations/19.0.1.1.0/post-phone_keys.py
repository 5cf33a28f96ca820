"""Numbers have one key in all their spellings (MA6): what was kept under a former one is brought to
the present one, and the contact points of fields that read otherwise now are filled anew."""

from odoo import SUPERUSER_ID, api

from odoo.addons.kala_comm.tools.phone_spellings import RULES, respell

#: Table → columns of kind and value, and those that make a row the same as another one.
TABLES = (
    ("kala_contact_permission", "kind", "value", ("company_id", "channel", "purpose")),
    ("kala_consent", "contact_kind", "contact_value", ()),
    ("kala_communication", "contact_kind", "contact_value", ("mass_send_id",)),
    ("kala_contact_point", "kind", "value", ("connection_id", "res_model", "res_id", "company_id")),
)
#: Fields that are read otherwise now: several numbers in one, what stands around a number, and a
#: plus sign whose digits are not in the key.
CHANGED = r"""(
    {phone} ~ '[^-0-9 +().]'
    OR {phone} LIKE '+%%'
       AND kala_contact_keys NOT LIKE '%%' || regexp_replace({phone}, '\D', '', 'g') || '%%'
)"""


def migrate(cr, version):
    if not version:
        return
    for table, kind, value, same in TABLES:
        _respell(cr, table, kind, value, same)
    for table in ("res_partner", "crm_lead"):
        _forget_keys(cr, table)
    api.Environment(cr, SUPERUSER_ID, {})["kala.backfill"]._start()


def _respell(cr, table, kind, value, same):
    """A row that would then stand there twice gives way; who has said no under either spelling has
    said no."""
    cr.execute(
        f"""SELECT DISTINCT {kind}, {value} FROM {table}
             WHERE {kind} IN ('phone', 'raw') AND {value} ~ %s""",
        [r"^\+?(" + "|".join(RULES) + r")\d{6,13}$"],
    )
    changes = [
        (old_kind, old, new)
        for old_kind, old in cr.fetchall()
        if (new := respell(f"+{old.lstrip('+')}")) != f"+{old.lstrip('+')}"
    ]
    for old_kind, old, new in changes:
        values = {"old_kind": old_kind, "old": old, "new": new}
        twin = " AND ".join(
            [f"n.{kind} = 'phone'", f"n.{value} = %(new)s"]
            + [f"n.{column} IS NOT DISTINCT FROM o.{column}" for column in same]
        )
        if table == "kala_contact_permission":
            cr.execute(
                f"""UPDATE {table} n SET allowed = n.allowed AND o.allowed FROM {table} o
                     WHERE o.{kind} = %(old_kind)s AND o.{value} = %(old)s AND {twin}""",
                values,
            )
        if table in ("kala_contact_permission", "kala_contact_point"):
            cr.execute(
                f"""DELETE FROM {table} o USING {table} n
                     WHERE o.{kind} = %(old_kind)s AND o.{value} = %(old)s AND {twin}""",
                values,
            )
        free = f"AND NOT EXISTS (SELECT FROM {table} n WHERE n.id <> o.id AND {twin})"
        if table == "kala_communication":
            free = f"AND (o.mass_send_id IS NULL OR {free.removeprefix('AND ')})"
        cr.execute(
            f"""UPDATE {table} o SET {kind} = 'phone', {value} = %(new)s
                 WHERE o.{kind} = %(old_kind)s AND o.{value} = %(old)s
                   {free if same else ""}""",
            values,
        )


def _forget_keys(cr, table):
    """The job that fills a living database makes them anew. Those of countries with several
    spellings, and what could not be read, too."""
    phones = " OR ".join(CHANGED.format(phone=phone) for phone in ("phone", "kala_phone2"))
    spellings = "|".join(RULES)
    cr.execute(
        f"""UPDATE {table} SET kala_contact_keys = NULL
             WHERE kala_contact_keys IS NOT NULL
               AND (kala_contact_keys ~ %s OR {phones})""",
        [rf"(raw:|phone:\+({spellings}))"],
    )
