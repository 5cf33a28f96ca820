"""Each user had a choice for each kind of news, also who had never looked at it: an empty choice is
the company's now. Who has chosen anything keeps all of his choices (NO3)."""

KINDS = ("text", "call", "email", "lead", "order", "task")


def migrate(cr, version):
    ways = [f"kala_notify_{kind}" for kind in KINDS]
    untouched = " AND ".join(f"{way} = 'native'" for way in ways)
    emptied = ", ".join(f"{way} = NULL" for way in ways)
    cr.execute(f"UPDATE res_users SET {emptied} WHERE {untouched}")  # pylint: disable=sql-injection
