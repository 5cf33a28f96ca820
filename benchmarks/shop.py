"""The business in which is measured: a WhatsApp line of Meta's, and what its customers send."""

import hashlib
import hmac
import json
import time

APP_SECRET = "benchmark-app-secret"
PHONE_NUMBER_ID = "106540352242922"
ADDONS = ("kala_comm_whatsapp", "kala_bench")
#: Bytes of a webhook's body (QU1).
BODY_SIZE = 1200


def open_shop(env):
    """Inside Odoo: one line, and all settings of tasks and notifications on (QU2).

    :return: the path of the webhook
    """
    user = env.ref("base.user_admin")
    company = env.company
    company.country_id = env.ref("base.il")
    company.write({name: True for name in company._fields if name.startswith("kala_task_on_")})
    company.write(
        {
            "kala_notify_text": True,
            "kala_task_last_outgoing": True,
            "kala_responsible_last_outgoing": True,
            "kala_default_responsible_text_id": user.id,
        }
    )
    connection = env["kala.connection"].create(
        {
            "name": "Benchmark",
            "provider": "meta",
            "meta_access_token": "benchmark-access-token",
            "meta_app_secret": APP_SECRET,
            "notify_all": True,
        }
    )
    env["kala.line"].create(
        {
            "name": "Benchmark line",
            "channel": "whatsapp",
            "connection_id": connection.id,
            "external_id": PHONE_NUMBER_ID,
            "address": "+97231234567",
        }
    )
    env.ref("base.user_admin").group_ids |= env.ref("kala_comm.group_manager")
    return f"/kala/webhook/{connection.webhook_token}"


def message(sender, uid, text):
    """:param str sender: digits of the sender's number
    :return: body of a webhook with one text, as Meta sends it"""
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "97231234567", "phone_number_id": PHONE_NUMBER_ID},
        "contacts": [{"profile": {"name": f"Customer {sender[-5:]}"}, "wa_id": sender}],
        "messages": [
            {
                "from": sender,
                "id": f"wamid.{uid}",
                "timestamp": str(int(time.time())),
                "text": {"body": text},
                "type": "text",
            }
        ],
    }
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": "102290129340398", "changes": [{"value": value, "field": "messages"}]}],
    }


def request(path, sender, uid, text="Is my order ready?"):
    """:return: (path, body of :data:`BODY_SIZE` bytes, headers with Meta's signature)"""
    body = json.dumps(message(sender, uid, text))
    body = json.dumps(message(sender, uid, text + "." * (BODY_SIZE - len(body))))
    data = body.encode()
    digest = hmac.new(APP_SECRET.encode(), data, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={digest}"}
    return path, data, headers


def phone(number):
    """:return: the digits of a valid mobile number, one for each number below a million"""
    return f"97252{number + 2_000_000:07d}"
