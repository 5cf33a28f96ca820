"""A business of any size, written by SQL in seconds: customers, leads, orders, communications."""

import contextlib

#: Share of each per contact point. Customers and leads have a phone and an e-mail each.
CUSTOMERS, LEADS, ORDERS, COMMUNICATIONS = 0.3, 0.2, 0.1, 0.3
#: Records that share the crowded address (a number of a switchboard, a form's e-mail).
CROWD = 10_000
CROWDED_PHONE = "+97231112233"


def phone(number):
    """SQL of the E.164 number of a row; the same as :func:`shop.phone` makes."""
    return f"'+97252' || lpad((2000000 + {number})::text, 7, '0')"


@contextlib.contextmanager
def without_indexes(env, *tables):
    """Rows come in many times faster where indexes are built afterwards."""
    env.cr.execute(
        """SELECT indexname, indexdef FROM pg_indexes
            WHERE tablename = ANY(%s) AND indexdef NOT LIKE 'CREATE UNIQUE%%'""",
        [list(tables)],
    )
    indexes = env.cr.fetchall()
    for name, _definition in indexes:
        env.cr.execute(f'DROP INDEX "{name}"')
    yield
    env.cr.execute("SET LOCAL maintenance_work_mem = '512MB'")
    for _name, definition in indexes:
        env.cr.execute(definition)


def fill(env, points):
    """Fill a database with about so many contact points; their records are in use: dated within
    the last 80 days, half of them communicated with."""
    env.company.country_id = env.ref("base.il")
    customers, leads_count = int(points * CUSTOMERS), int(points * LEADS)
    tables = ("res_partner", "crm_lead", "sale_order", "kala_communication")
    with without_indexes(env, *tables, "kala_contact_point"):
        first = _customers(env, customers)
        first_lead = leads(env, leads_count, customers, first)
        _orders(env, int(points * ORDERS), customers, first)
        _communications(env, int(points * COMMUNICATIONS), leads_count, first_lead)
        _crowd(env)
    env.cr.commit()  # pylint: disable=invalid-commit
    env.cr.execute("ANALYZE")


def _customers(env, count):
    env.cr.execute("SELECT max(id) + 1 FROM res_partner")
    first = env.cr.fetchone()[0]
    values = {"count": count, "first": first, "user": env.ref("base.user_admin").id}
    env.cr.execute(
        f"""INSERT INTO res_partner (id, name, complete_name, phone, phone_sanitized, email,
                                     email_normalized, active, type, autopost_bills, user_id,
                                     create_date, kala_contact_keys)
            SELECT %(first)s + n, 'Customer ' || n, 'Customer ' || n, {phone("n")}, {phone("n")},
                   'c' || n || '@example.com', 'c' || n || '@example.com', TRUE, 'contact', 'ask',
                   %(user)s, {_recently("n")}, 'filled'
              FROM generate_series(0, %(count)s - 1) n""",
        values,
    )
    env.cr.execute("SELECT setval('res_partner_id_seq', max(id)) FROM res_partner")
    _points(env, "res.partner", first, count, "0", "c")
    return first


def leads(env, count, customers, first_customer):
    """A quarter belongs to a customer; each has a phone and an e-mail of its own."""
    env.cr.execute("SELECT COALESCE(max(id), 0) + 1 FROM crm_lead")
    first = env.cr.fetchone()[0]
    env.cr.execute(
        f"""INSERT INTO crm_lead (id, name, type, active, company_id, stage_id, team_id, user_id,
                                  partner_id, won_status, phone, phone_sanitized,
                                  email_normalized, priority, create_date, kala_contact_keys,
                                  kala_last_communication_date)
            SELECT %(first)s + n, 'Lead ' || n, 'opportunity', TRUE, %(company)s, %(stage)s, NULL,
                   %(user)s, CASE WHEN n %% 4 = 0 THEN %(customer)s + n %% %(customers)s END,
                   'pending', {phone("n + %(customers)s")}, {phone("n + %(customers)s")},
                   'l' || n || '@example.com', '0', {_recently("n")}, 'filled',
                   CASE WHEN n %% 3 > 0 THEN {_recently("n * 7")} END
              FROM generate_series(0, %(count)s - 1) n""",
        {
            "first": first,
            "count": count,
            "customers": customers,
            "customer": first_customer,
            "company": env.company.id,
            "stage": env["crm.stage"].search([("is_won", "=", False)], limit=1).id,
            "user": env.ref("base.user_admin").id,
        },
    )
    env.cr.execute("SELECT setval('crm_lead_id_seq', max(id)) FROM crm_lead")
    _points(env, "crm.lead", first, count, customers, "l")
    return first


def _points(env, model, first, count, offset, letter):
    env.cr.execute(
        f"""INSERT INTO kala_contact_point (kind, value, res_model, res_id)
            SELECT 'phone', {phone("n + %(offset)s::int")}, %(model)s, %(first)s + n
              FROM generate_series(0, %(count)s - 1) n
             UNION ALL
            SELECT 'email', %(letter)s || n || '@example.com', %(model)s, %(first)s + n
              FROM generate_series(0, %(count)s - 1) n""",
        {"offset": offset, "model": model, "first": first, "count": count, "letter": letter},
    )


def _orders(env, count, customers, first_customer):
    env.cr.execute(
        f"""INSERT INTO sale_order (name, company_id, partner_id, partner_invoice_id,
                                    partner_shipping_id, state, date_order, create_date)
            SELECT 'B' || n, %(company)s, c, c, c, 'sent', {_recently("n")}, {_recently("n")}
              FROM (SELECT n, %(customer)s + (n * 7) %% %(customers)s AS c
                      FROM generate_series(0, %(count)s - 1) n) o""",
        {
            "count": count,
            "customers": customers,
            "customer": first_customer,
            "company": env.company.id,
        },
    )


def _communications(env, count, leads, first_lead):
    env.cr.execute(
        f"""INSERT INTO kala_communication (company_id, channel, direction, state, date, body,
                                            contact_kind, contact_value, res_model, res_id,
                                            lead_id, recency_pending)
            SELECT %(company)s, 'whatsapp', CASE WHEN n %% 3 = 0 THEN 'out' ELSE 'in' END,
                   CASE WHEN n %% 3 = 0 THEN 'delivered' ELSE 'received' END, {_recently("n")},
                   'Is my order ready?', 'phone', p.value, 'crm.lead', p.res_id, p.res_id, FALSE
              FROM generate_series(0, %(count)s - 1) n
              JOIN kala_contact_point p
                ON p.res_model = 'crm.lead' AND p.kind = 'phone'
               AND p.res_id = %(first)s + (n * 3) %% %(leads)s""",
        {"count": count, "leads": leads, "first": first_lead, "company": env.company.id},
    )


def _crowd(env):
    """Records that share an address, each of which was written to from there."""
    env.cr.execute(
        f"""WITH crowd AS (
               INSERT INTO kala_contact_point (kind, value, res_model, res_id)
               SELECT 'phone', %(phone)s, 'crm.lead', id FROM crm_lead ORDER BY id LIMIT %(count)s
            RETURNING res_id
           )
           INSERT INTO kala_communication (company_id, channel, direction, state, date, body,
                                           contact_kind, contact_value, res_model, res_id,
                                           lead_id, recency_pending)
           SELECT %(company)s, 'whatsapp', 'in', 'received', {_recently("res_id * 7")},
                  'Is my order ready?', 'phone', %(phone)s, 'crm.lead', res_id, res_id, FALSE
             FROM crowd""",
        {"phone": CROWDED_PHONE, "count": CROWD, "company": env.company.id},
    )


def _recently(seed):
    """SQL of a moment within the last 80 days."""
    return f"now() AT TIME ZONE 'UTC' - ({seed})::bigint %% 6912000 * interval '1 second'"
