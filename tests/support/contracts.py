"""The providers' own descriptions, as far as the addons keep them with their tests: what we send
must satisfy them, and their examples are payloads to receive."""

import functools
import json
import re

import jsonschema

from .database import ROOT


@functools.cache
def load(addon, name):
    """:return: a file of an addon's ``tests/data``, decoded"""
    return json.loads((ROOT / addon / "tests" / "data" / name).read_text(encoding="utf-8"))


# ---------------------------------------------------------------------- Twilio


def twilio():
    return load("kala_comm_twilio", "twilio_api_v2010_extract.json")


def twilio_faults(request):
    """:return: list of what Twilio's description forbids in a request that sends a message"""
    schema = dict(twilio()["create_message"])
    form = request.form
    wanted = schema["properties"]
    values = {n: [v] if wanted.get(n, {}).get("type") == "array" else v for n, v in form.items()}
    schema["additionalProperties"] = False
    faults = [e.message for e in jsonschema.Draft202012Validator(schema).iter_errors(values)]
    if not re.fullmatch(r"(whatsapp:)?\+[1-9]\d{6,14}", form.get("To", "")):
        faults.append(f"To is no address: {form.get('To')!r}")
    if not request.headers.get("Authorization", "").startswith("Basic "):
        faults.append("no Basic authentication")
    return faults


def twilio_created(message):
    """:return: dict, Twilio's example of an accepted message, about this one"""
    example = twilio()["created"]["create"]
    return {**example, "sid": message.uid, "to": message.to, "body": message.text}


# ---------------------------------------------------------------------- Meta


def meta_examples():
    """:return: dict name → payload of the webhook, as Meta shows it"""
    return load("kala_comm_whatsapp", "meta_webhook_examples.json")


@functools.cache
def _meta_message(kind):
    """Meta's contract lists the names of a message in two places, of which one forbids all
    others; as it is meant, a name of either list is allowed. Its pattern for the place of a
    button forbids the example beside it."""
    document = load("kala_comm_whatsapp", "meta_send_schema.json")
    schemas = document["components"]["schemas"]
    schemas["TemplateComponent"]["properties"]["index"].pop("pattern", None)
    base, (_ref, own) = (
        schemas["BaseMessageProperties"],
        schemas[f"{kind.capitalize()}Message"]["allOf"],
    )
    return jsonschema.Draft202012Validator(
        {
            **document,
            **own,
            "required": [*base["required"], *own["required"]],
            "properties": {**base["properties"], **own["properties"]},
        }
    )


def meta_faults(request):
    """:return: list of what Meta's description forbids in a request that sends a message"""
    body = request.json
    # Documented elsewhere than in the schema (docs/providers.md, 1.1): our own id, and people
    # without a phone number.
    key = body.pop("biz_opaque_callback_data", None)
    if "to" not in body:
        body["to"] = body.pop("recipient", None)
    faults = [error.message for error in _meta_message(body["type"]).iter_errors(body)]
    if not key or len(key) > 512:
        faults.append("no biz_opaque_callback_data")
    if not request.headers.get("Authorization", "").startswith("Bearer "):
        faults.append("no Bearer token")
    return faults


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
