"""Sending through the provider of this folder: what QU3 and QU11 have in common."""

import time

import psycopg2

from . import crowd, provider

ADDONS = ("kala_comm_twilio",)
#: Seconds after which a queue that does not empty is given up.
PATIENCE = 300


def prepare(env, address):
    """Inside Odoo: leads to write to, and a connected line."""
    crowd.fill(env, 50_000)
    open_line(env, address)


def open_line(env, address):
    """Inside Odoo: a connected line of the provider of this folder."""
    connection = env["kala.connection"].create(
        {
            "name": "Benchmark",
            "provider": "twilio",
            "api_url": address,
            "twilio_account_sid": provider.ACCOUNT,
            "twilio_auth_token": provider.TOKEN,
        }
    )
    env["kala.line"].create(
        {
            "name": "Benchmark line",
            "channel": "sms",
            "connection_id": connection.id,
            "address": "+97231234567",
        }
    )
    connection.action_connect()


def queue(env, first, count):
    """Inside Odoo: write to some leads."""
    leads = env["crm.lead"].search([("partner_id", "=", False)], order="id")
    chosen = leads[first : first + count]
    if len(chosen) != count:
        raise RuntimeError(f"there are only {len(leads)} leads")
    chosen.kala_send("sms", body="Your order is ready.")


def wait_until_sent(database):
    """Wait until nothing is left to send.

    :raise RuntimeError: if that takes longer than :data:`PATIENCE`
    """
    end = time.monotonic() + PATIENCE
    connection = psycopg2.connect(dbname=database)
    connection.autocommit = True
    try:
        with connection.cursor() as cr:
            while time.monotonic() < end:
                cr.execute(
                    "SELECT state, count(*) FROM kala_communication"
                    " WHERE direction = 'out' AND connection_id IS NOT NULL GROUP BY state"
                )
                states = dict(cr.fetchall())
                if set(states) == {"sent"}:
                    return
                time.sleep(0.2)
    finally:
        connection.close()
    raise RuntimeError(f"the queue did not empty: {states}")
