"""waboxapp's hook as items of the core (providers.md 2)."""

import hashlib

from odoo.addons.kala_comm.tools.messages import (
    DeliveryReport,
    InboundFile,
    IncomingMessage,
    Unusable,
    from_timestamp,
)

from ..const import WABOX_PENDING, WABOX_STATES
from .readable import card, international, mimetype, place, unreadable

#: Type of a message → kind of its file; a voice note is a recording like any other.
_FILES = {
    "image": "image",
    "video": "video",
    "audio": "audio",
    "ptt": "audio",
    "document": "document",
}
#: The account's token is a secret, the thumbnail a picture written as text.
_DROPPED = ("token", "message[body][thumb]")
#: Names that become fields of the item.
_MESSAGE_KEYS = (
    "event",
    "uid",
    "contact[uid]",
    "contact[name]",
    "message[dtm]",
    "message[uid]",
    "message[cuid]",
    "message[dir]",
    "message[body][text]",
)


def read(form, translate):
    """Read one call of the hook: a message, either way, or what became of one.

    :param dict form: flat names with brackets, as they come
    :param translate: ``env._``, for the words of messages that have none of their own
    :return: list of IncomingMessage, DeliveryReport, Unusable; may be empty
    """
    event = form.get("event")
    if event == "message":
        return [_read_message(form, translate)]
    if event == "ack":
        return _read_ack(form, translate)
    return [_refuse(form, translate("waboxapp sent an event that is not documented."))]


def _without(form, *names):
    return {name: value for name, value in form.items() if name not in names}


def _refuse(form, reason):
    seed = repr(sorted(form.items())).encode("utf-8", "replace")
    return Unusable(
        key=hashlib.sha256(seed).hexdigest(),
        reason=reason,
        raw=_without(form, *_DROPPED),
    )


def _line(form):
    return {
        "line_external_id": form.get("uid", ""),
        "line_address": international(form.get("uid", "")),
    }


def _contact(form):
    """A group has no phone number: it is known by its id on this connection."""
    uid = form.get("contact[uid]", "")
    if form.get("contact[type]") == "group" or not uid.lstrip("+").isdigit():
        return {"contact_kind": "whatsapp", "contact_value": uid}
    return {"contact_kind": "phone", "contact_value": international(uid)}


def _read_message(form, _):
    uid = form.get("message[uid]", "")
    if not uid:
        return _refuse(form, _("The message has no id."))
    if not form.get("contact[uid]"):
        return _refuse(form, _("The message does not say who wrote it."))
    echo = form.get("message[dir]") == "o"
    kind, body, files = _read_content(form, _)
    return IncomingMessage(
        channel="whatsapp",
        uid=uid,
        contact_name=form.get("contact[name]", ""),
        body=body,
        date=from_timestamp(form.get("message[dtm]")),
        files=files,
        echo=echo,
        echo_key=form.get("message[cuid]", "") if echo else "",
        kind=kind,
        extra=_without(form, *_DROPPED, *_MESSAGE_KEYS),
        **_contact(form),
        **_line(form),
    )


def _read_content(form, _):
    """:return: (kind, body, files)"""
    kind = form.get("message[type]", "")

    def part(name):
        return form.get(f"message[body][{name}]", "")

    if kind == "chat" and part("text"):
        return "text", part("text"), ()
    if kind in _FILES and part("url"):
        return "file", part("caption"), (_file(kind, part),)
    if kind == "vcard" and (part("contact") or part("vcard")):
        return "contact", card(part("contact"), [part("vcard")], _), ()
    if kind == "location" and part("lat"):
        return "location", place(part("lat"), part("lng"), [part("name")], _), ()
    return "unsupported", unreadable(kind, _), ()


def _file(kind, part):
    size = part("size")
    return InboundFile(
        kind=_FILES[kind],
        # Of a document the phone writes the file's name as its caption.
        name=part("caption") if kind == "document" else "",
        mimetype=mimetype(part("mimetype")),
        url=part("url"),
        size=int(size) if size.isascii() and size.isdigit() else 0,
    )


def _read_ack(form, _):
    """In one documented example ``uid`` looks like a message id: only ``cuid`` and
    ``muid`` say which message it is."""
    if form.get("ack") == WABOX_PENDING:
        return []
    key, uid = form.get("cuid", ""), form.get("muid", "")
    if not (key or uid) or not form.get("ack"):
        return [_refuse(form, _("The report does not say which message it is about."))]
    return [
        DeliveryReport(
            uid=uid,
            key=key,
            state=WABOX_STATES.get(form["ack"], form["ack"]),
            **_line(form),
        )
    ]
