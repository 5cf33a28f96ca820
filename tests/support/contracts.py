"""The providers' own descriptions, as far as the addons keep them with their tests: what we send
must satisfy them, and their examples are payloads to receive."""

import functools
import json

from .database import ROOT


@functools.cache
def load(addon, name):
    """:return: a file of an addon's ``tests/data``, decoded"""
    return json.loads((ROOT / addon / "tests" / "data" / name).read_text(encoding="utf-8"))


# ---------------------------------------------------------------------- Meta


def meta_examples():
    """:return: dict name → payload of the webhook, as Meta shows it"""
    return load("kala_comm_whatsapp", "meta_webhook_examples.json")


# ---------------------------------------------------------------------- Telegram


def telegram_faults(method, values):
    """:param dict values: parameters of a call; of a form, all are texts
    :return: list of what Telegram's description forbids in it"""
    api = load("kala_comm_telegram", "telegram_bot_api_extract.json")
    if method not in api["methods"]:
        return [f"{method} is no method that we know"]
    return _telegram_faults(api, method, api["methods"][method], values)


def _telegram_faults(api, where, described, values):
    known = {field["name"]: field for field in described["fields"]}
    faults = [f"{where}: {name} is unknown" for name in values if name not in known]
    faults += [
        f"{where}: {name} is missing"
        for name, field in known.items()
        if field["required"] and not values.get(name)
    ]
    for name, value in values.items():
        types = known[name]["types"] if name in known else []
        if not any(_is_telegram(api, kind, value) for kind in types):
            faults.append(f"{where}: {name} is no {' or '.join(types)}: {value!r}")
    return faults


def _is_telegram(api, kind, value):
    """:return: whether a value is of a type of the description"""
    if kind.startswith("Array of "):
        return isinstance(value, list) and all(_is_telegram(api, kind[9:], v) for v in value)
    plain = {"String": str, "Integer": int, "Boolean": bool}
    if kind in plain:
        return isinstance(value, plain[kind]) and (kind != "Integer" or value is not True)
    if isinstance(value, str):
        # A form has everything else as JSON; a file stands for itself.
        return True
    if kind == "ReactionType":
        kind = "ReactionTypeEmoji"
    described = api["types"].get(kind)
    return isinstance(value, dict) and (
        described is None or not _telegram_faults(api, kind, described, value)
    )
