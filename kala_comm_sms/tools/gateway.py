"""A gateway that is described by settings instead of code (SM1; docs/providers.md, 5).

Requests are templates with ``{{placeholders}}``; answers and events are read by paths:

* ``messages.0.status``: names and positions in JSON, names of elements in XML;
* ``/^OK (\\d+)/``: a regular expression on any other text, its first group counts.
"""

import base64
import dataclasses
import json
import mimetypes
import re
import urllib.parse
from xml.sax.saxutils import escape

from lxml import etree

from odoo.tools import LazyTranslate

from odoo.addons.kala_comm.tools.kept import kept
from odoo.addons.kala_comm.tools.masking import mask_secrets
from odoo.addons.kala_comm.tools.messages import (
    DeliveryReport,
    InboundFile,
    IncomingMessage,
    SendResult,
    Unusable,
)

from .values import dicts, first, text

_lt = LazyTranslate(__name__)

#: What a template may name.
PLACEHOLDERS = (
    "to",
    "from",
    "text",
    "key",
    "callback_url",
    "username",
    "password",
    "basic",
)
#: Several links may stand in one text, apart by spaces, commas or the like.
_LINK = re.compile(r"https?://[^\s,;|\"'<>]+")
_PLACEHOLDER = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")

#: What an event may bring → names that gateways use for it.
EVENT_NAMES = {
    "from": ("from", "phone", "msisdn", "sender", "source", "originator", "src"),
    "to": ("to", "dest", "destination", "recipient", "shortcode", "dst"),
    "text": ("text", "message", "body", "msg", "content"),
    "id": ("id", "messageid", "message_id", "message-id", "messageuuid"),
    "key": ("key", "reference", "client_ref", "external_id", "custom_id"),
    "status": ("status", "state", "dlr", "messagestatus"),
    "error": ("error", "reason", "err-code", "errorcode"),
    "media": (
        "media",
        "media_url",
        "mediaurl",
        "media_urls",
        "mediaurls",
        "media-url",
        "attachments",
        "attachment",
        "files",
        "file_url",
        "images",
        "image_url",
        "mms",
    ),
    "channel": ("sent_as", "sent_via", "delivered_via", "channel", "via"),
    "items": (),
}
#: Files of one message that are read.
MAX_FILES = 20
STATE_WORDS = {
    "sent": ("sent", "accepted", "acceptd", "buffered", "enroute", "submitted"),
    "delivered": ("delivered", "delivrd"),
    "read": ("read", "seen"),
    "failed": (
        "failed",
        "undelivered",
        "undeliv",
        "rejected",
        "rejectd",
        "expired",
        "deleted",
    ),
}
#: A state of a message that the gateway sent as SMS instead, and its usual words (ME3).
AS_SMS = "delivered as sms"
STATE_WORDS_AS = {AS_SMS: ("delivered_sms", "sms_delivered", "delivered via sms", "failover_sms")}
#: Channels that a partner's gateway chooses among.
GATEWAY_CHANNELS = ("sms", "viber", "whatsapp")


@dataclasses.dataclass(frozen=True)
class AnswerRules:
    """How the gateway's answers are read; plain values, for they travel to a thread.

    :ivar tuple success_values: what is found at ``success_path`` where a message was
        accepted; empty: every 2xx accepts
    :ivar dict kinds: error code → failure kind
    """

    success_path: str = ""
    success_values: tuple = ()
    id_path: str = ""
    error_path: str = ""
    kinds: dict = dataclasses.field(default_factory=dict)


# ---------------------------------------------------------------------- settings


def read_lines(lines, separator="="):
    """Read settings of the form ``name = value``, one a line.

    :raise ValueError: with the line that has no separator
    """
    found = {}
    for line in (lines or "").splitlines():
        if not line.strip():
            continue
        name, sign, value = line.partition(separator)
        if not sign or not name.strip():
            raise ValueError(line.strip())
        found[name.strip()] = value.strip()
    return found


def read_words(words):
    """:return: tuple of the comma separated words"""
    return tuple(word.strip() for word in (words or "").split(",") if word.strip())


def unknown_placeholders(template):
    """:return: list of what a template names and nobody knows"""
    return [name for name in _PLACEHOLDER.findall(template or "") if name not in PLACEHOLDERS]


def basic(username, password):
    """:return: the value of a Basic ``Authorization`` header, without its first word"""
    return base64.b64encode(f"{username}:{password}".encode()).decode()


# ---------------------------------------------------------------------- requests


def render(template, values, quote=str):
    """Fill a template; ``quote`` makes a value safe where it is put."""
    return _PLACEHOLDER.sub(lambda m: quote(values[m.group(1)]), template or "")


def render_url(template, values):
    return render(template, values, lambda value: urllib.parse.quote(value, safe=""))


def render_headers(template, values):
    """A line break in a value would begin another header."""
    lines = read_lines(template, ":")
    return {name: re.sub(r"[\r\n]+", " ", render(line, values)) for name, line in lines.items()}


def render_body(body_format, template, values):
    """:return: (bytes or None, content type or None)"""
    if body_format == "form":
        pairs = [(n, render(v, values)) for n, v in read_lines(template).items()]
        data = urllib.parse.urlencode(pairs).encode()
        return data, "application/x-www-form-urlencoded"
    if body_format == "json":
        filled = _render_json(json.loads(template or "{}"), values)
        return json.dumps(filled).encode(), "application/json"
    if body_format == "xml":
        data = render(template, values, lambda value: escape(value, {'"': "&quot;"}))
        return data.encode(), "application/xml"
    return None, None


def _render_json(part, values):
    if isinstance(part, str):
        return render(part, values)
    if isinstance(part, list):
        return [_render_json(item, values) for item in part]
    if isinstance(part, dict):
        return {name: _render_json(item, values) for name, item in part.items()}
    return part


# ---------------------------------------------------------------------- answers


def find(content, path):
    """Find a value in an answer.

    :param str content: the answer's text
    :param str path: see the head of this file; empty: the whole text
    :return: str, empty where there is none
    """
    if not path:
        return content.strip()
    if len(path) > 1 and path.startswith("/") and path.endswith("/"):
        found = re.search(path[1:-1], content)
        return (found.group(found.re.groups and 1) or "").strip() if found else ""
    try:
        return text(walk(json.loads(content), path))
    except (ValueError, RecursionError):
        return _find_in_xml(content, path)


def walk(value, path):
    """:return: what lies at a path of names and positions, or None"""
    for step in path.split("."):
        if isinstance(value, list) and step.isdecimal():
            value = value[int(step)] if int(step) < len(value) else None
        elif isinstance(value, dict):
            value = value.get(step)
        else:
            return None
    return value


def _find_in_xml(content, path):
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        node = etree.fromstring(content.encode(), parser)
    except (etree.XMLSyntaxError, ValueError):
        return ""
    steps = path.split(".")
    if steps[0] == etree.QName(node).localname:
        steps = steps[1:]
    for step in steps:
        node = next((n for n in node if _is_named(n, step)), None)
        if node is None:
            return ""
    return (node.text or "").strip()


def _is_named(node, name):
    return isinstance(node.tag, str) and etree.QName(node).localname == name


def read_answer(answer, rules):
    """Read the answer to a send.

    :param HttpAnswer answer:
    :param AnswerRules rules:
    :return: SendResult, or None where the answer tells nothing
    """
    if answer.status == 429 or not (200 <= answer.status < 300 or 400 <= answer.status < 500):
        # A redirect refuses nothing: the gateway may have the message.
        return None
    error = find(answer.text, rules.error_path) if rules.error_path else ""
    if answer.status < 300:
        found = find(answer.text, rules.success_path)
        if not rules.success_values or found in rules.success_values:
            uid = find(answer.text, rules.id_path) if rules.id_path else ""
            return SendResult.sent(uid)
        if not error and not (found and rules.success_path):
            return None
        error = error or found
    return _refused(answer.status, error, rules)


def _refused(status, error, rules):
    kind = rules.kinds.get(error)
    if kind is None:
        kind = "connection" if status in (401, 403) else "rejected"
    code = error if error in rules.kinds else status
    return SendResult.refused(kind, mask_secrets(error) or f"HTTP {status}", code)


# ---------------------------------------------------------------------- events


def read_event(values, names, states, key=""):
    """Read an event.

    :param values: dict of a form or a query, or decoded JSON
    :param dict names: what an event brings → its path here, where the usual names do
        not do
    :param dict states: state → tuple of the gateway's words for it
    :param str key: our own id, which the callback's address carries
    :return: list of IncomingMessage, DeliveryReport, Unusable
    """
    items = walk(values, names["items"]) if names.get("items") else None
    # What comes alone may come without the list.
    if items is not None:
        values = items
    return [_read_part(part, names, states, key) for part in dicts(values)]


def _read_part(values, names, states, key):
    brought = {name: _read_name(values, names, name) for name in EVENT_NAMES}
    files = _read_files(values, names)
    state = _state(brought["status"], states)
    if brought["status"] and (state or not (brought["text"] or files)):
        return _read_report(brought, state, key)
    if brought["from"]:
        return IncomingMessage(
            channel="sms",
            uid=brought["id"],
            contact_value=brought["from"],
            line_address=brought["to"],
            body=brought["text"],
            files=files,
            kind="file" if files else "text",
            # The links are readable, too: their hosts are not always the gateway's.
            details="\n".join(file.url for file in files),
        )
    return Unusable(
        key=repr(sorted(values.items(), key=repr)),
        reason=kept(_lt("The event names no sender and no status. See the connection's names.")),
        raw=values,
    )


def _read_files(values, names):
    """:return: tuple of InboundFile: every link that stands under the names of files, or under
    numbered ones (``MediaUrl0``), as text, list or dicts"""
    wanted = EVENT_NAMES["media"]
    if names.get("media"):
        path = names["media"]
        places = [values.get(path) or walk(values, path)]
    else:
        places = [
            value
            for name, value in values.items()
            if str(name).lower().rstrip("0123456789_[]") in wanted
        ]
    links = dict.fromkeys(link for place in places for link in _links(place))
    return tuple(
        InboundFile(kind=_file_kind(link), name=_file_name(link), url=link)
        for link in list(links)[:MAX_FILES]
    )


def _links(place, depth=3):
    """Yield every link in a value of any shape."""
    if isinstance(place, str):
        yield from _LINK.findall(place)
    elif isinstance(place, (list, tuple)) and depth:
        for part in place:
            yield from _links(part, depth - 1)
    elif isinstance(place, dict) and depth:
        for part in place.values():
            yield from _links(part, depth - 1)


def _file_name(link):
    try:
        path = urllib.parse.unquote(urllib.parse.urlsplit(link).path)
    except ValueError:
        return ""
    name = path.rstrip("/").rpartition("/")[2]
    return name if "." in name else ""


def _file_kind(link):
    kind = (mimetypes.guess_type(_file_name(link))[0] or "").partition("/")[0]
    return kind if kind in ("image", "video", "audio") else "document"


def _read_name(values, names, name):
    if names.get(name):
        # A form has flat names that may hold dots.
        return text(values.get(names[name])) or text(walk(values, names[name]))
    return first(values, EVENT_NAMES[name])


def _state(status, states):
    for state, usual in (*STATE_WORDS_AS.items(), *STATE_WORDS.items()):
        words = states.get(state) or usual
        if status.lower() in {word.lower() for word in words}:
            return state
    return ""


def _sent_as(brought, state):
    """:return: (state, code of the channel on which it was sent in the end, "" where the gateway
    does not say one that is known)"""
    if state == AS_SMS:
        return "delivered", "sms"
    said = brought["channel"].lower()
    return state, said if said in GATEWAY_CHANNELS else ""


def _read_report(brought, state, key):
    failure = {}
    state, sent_as = _sent_as(brought, state)
    if state == "failed":
        reason = brought["error"] or kept(_lt("The gateway reports “%s”.", brought["status"]))
        failure = {
            "failure_kind": "rejected",
            "failure_reason": reason,
            "code": brought["status"],
        }
    return DeliveryReport(
        uid=brought["id"],
        key=brought["key"] or key,
        state=state,
        sent_as=sent_as,
        **failure,
    )
