"""The peer of QU2, OCA's `mail_gateway_telegram`, from the package index into its own folder."""

import json
import shutil
import subprocess
import sys

from .rig import HOME, ROOT, say

ADDONS = ("odoo-addon-mail-gateway-telegram==19.0.*", "odoo-addon-mail-gateway==19.0.*")
NEEDS = ("lottie", "cairosvg", "python-telegram-bot", "openupgradelib")
SECRET = "benchmark-secret"
KEY = "benchmark"


def install():
    """:return: the folder of the peer's addons"""
    folder = HOME / "bench" / "peer"
    ready = folder / ".ready"
    if not ready.exists():
        say("Fetching the peer of QU2 from the package index")
        shutil.rmtree(folder, ignore_errors=True)
        # The addons ask for a package named odoo, which is here already in another way; the
        # packages they need must not bring other versions of what Odoo has pinned.
        pins = ROOT / "tools" / "odoo-requirements.txt"
        _pip("--no-deps", "--target", folder, *ADDONS)
        _pip("-c", pins, "--target", folder, *NEEDS)
        ready.touch()
    return folder / "odoo" / "addons"


def _pip(*arguments):
    command = [sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    done = subprocess.run([*command, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"the peer of QU2 could not be installed:\n{done.stderr[-2000:]}")


def open_gateway(env):
    """Inside Odoo: a Telegram gateway that is ready to receive."""
    env["mail.gateway"].create(
        {
            "name": "Benchmark",
            "token": "123456:benchmark",
            "gateway_type": "telegram",
            "webhook_key": KEY,
            "webhook_secret": SECRET,
            "integrated_webhook_state": "integrated",
            "member_ids": [(6, 0, env.ref("base.user_admin").ids)],
        }
    )


def update(sender, uid):
    """:return: (path, body, headers) of one text, as Telegram sends it"""
    person = {"id": sender, "is_bot": False, "first_name": "Customer", "last_name": str(sender)}
    body = {
        "update_id": uid,
        "message": {
            "message_id": uid,
            "from": person,
            "chat": dict(person, type="private"),
            "date": 1_760_000_000 + uid,
            "text": "Is my order ready?",
        },
    }
    headers = {
        "Content-Type": "application/json",
        "X-Telegram-Bot-Api-Secret-Token": SECRET,
    }
    return f"/gateway/telegram/{KEY}/update", json.dumps(body).encode(), headers
