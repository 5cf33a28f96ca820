"""Inforu's JSON v2 interface and its pushes (docs/providers.md, 4.1)."""

import re

from lxml import etree

from odoo.tools import LazyTranslate

from odoo.addons.kala_comm.tools.kept import kept
from odoo.addons.kala_comm.tools.messages import (
    DeliveryReport,
    IncomingMessage,
    PollBatch,
    SendResult,
    Unusable,
)

from .. import const
from .values import dicts, first, integer, text

_lt = LazyTranslate(__name__)

_NO_LOGIN = _lt("Inforu did not accept the user name and the token.")
_REFUSED = _lt("Inforu refused.")
#: Inforu replaces these by fields of its own recipient list.
_MERGE_FIELD = re.compile(r"\[#\w+#\]")
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


def find_merge_field(body):
    """:return: the first part of a text that Inforu would replace, or None"""
    found = _MERGE_FIELD.search(body or "")
    return found and found.group()


def send_body(body, phone, sender, key, report_url):
    """:return: dict, the JSON body of ``SMS/SendSms``"""
    return {
        "Data": {
            "Message": body,
            "Recipients": [{"Phone": phone}],
            "Settings": {
                "Sender": sender,
                "CustomerMessageID": key,
                "DeliveryNotificationUrl": report_url,
            },
        }
    }


def read_send(answer):
    """:return: SendResult, or None where the answer is not what Inforu documents"""
    if answer.status in (401, 403):
        return SendResult.refused("connection", kept(_NO_LOGIN))
    values = answer.json()
    status = integer(values.get("StatusId")) if isinstance(values, dict) else None
    if status is None or answer.status >= 500:
        return None
    if status == const.INFORU_OK:
        return _read_accepted(values)
    if status > 0:
        return None
    reason = first(values, ["DetailedDescription", "StatusDescription"])
    return SendResult.refused(
        const.INFORU_KINDS.get(status, "rejected"),
        f"{reason or kept(_REFUSED)} (Inforu {status})",
        status,
    )


def _read_accepted(values):
    data = values.get("Data")
    if isinstance(data, dict) and integer(data.get("Recipients")) == 0:
        return SendResult.refused("address", kept(_lt("Inforu did not take the number.")))
    return SendResult.sent(text(values.get("RequestId")))


def poll_body(kind):
    """:param str kind: one of :data:`const.INFORU_POLLS`
    :return: dict, the JSON body of ``PullData``"""
    return {"Data": {"Type": kind, "BatchSize": const.INFORU_BATCH}}


def read_poll(answer):
    """What is not understood may be news all the same, and is told only once: it is kept.

    :return: PollBatch
    """
    if answer.status in (401, 403):
        return PollBatch(failure_kind="connection", reason=kept(_NO_LOGIN))
    if answer.status != 200:
        return PollBatch(failure_kind="temporary", reason=f"HTTP {answer.status}")
    values = answer.json()
    status = integer(values.get("StatusId")) if isinstance(values, dict) else None
    if status in const.INFORU_KINDS:
        reason = f"{first(values, ['StatusDescription']) or kept(_REFUSED)} (Inforu {status})"
        return PollBatch(failure_kind=const.INFORU_KINDS[status], reason=reason)
    found = _polled(values)
    if found is None:
        return PollBatch(has_news=bool(answer.text.strip()))
    return PollBatch(has_news=bool(found), has_more=len(found) >= const.INFORU_BATCH)


def read_polled(body):
    """:param object body: the decoded answer to ``PullData``
    :return: list of IncomingMessage, DeliveryReport, Unusable"""
    found = _polled(body)
    if found is None:
        return [
            Unusable(
                key=repr(body)[:200],
                reason=kept(_lt("The answer has no list.")),
                raw={"body": body},
            )
        ]
    items = []
    for part in found:
        data = part.get("PullData") if isinstance(part, dict) else None
        if not isinstance(data, dict):
            items.append(
                Unusable(
                    key=repr(part)[:200],
                    reason=kept(_lt("An item has no data.")),
                    raw={"part": part},
                )
            )
        elif first(data, ["Status"]):
            items += _read_report(data)
        else:
            items.append(_read_message(data))
    return items


def _polled(values):
    """:return: list of the items of an answer; None where there is no list"""
    data = values.get("Data") if isinstance(values, dict) else None
    found = data.get("List") if isinstance(data, dict) else None
    if found is None and isinstance(data, dict) and integer(data.get("Count")) == 0:
        return []
    return found if isinstance(found, list) else None


def read_event(form, body):
    """Read a push in any shape: form, JSON or legacy XML, delivery or incoming.

    :param dict form: the fields of a form
    :param object body: the decoded JSON body, or None
    :return: list of IncomingMessage, DeliveryReport, Unusable
    """
    if body is None:
        xml = first(form, ["IncomingXML"])
        return [_read_xml(xml)] if xml else _read_report(form)
    items = []
    for part in dicts(body):
        data = part.get("Data")
        if data is None:
            items += _read_report(part)
        else:
            items += [_read_message(message) for message in dicts(data)]
    return items


def _read_report(values):
    """Dates come with the day or the month first: ours is taken instead."""
    status = integer(first(values, ["Status"]))
    key = first(values, ["CustomerMessageId", "CustomerToMessageId"])
    if status is None or not (key or first(values, ["id"])):
        return [
            Unusable(
                key=repr(sorted(values.items(), key=repr)),
                reason=kept(_lt("This push has no status or no id of a message.")),
                raw=values,
            )
        ]
    state, kind = const.INFORU_REPORTS.get(status, ("", ""))
    failure = {}
    if kind:
        reason = first(values, ["StatusDescription"]) or kept(_lt("Not delivered."))
        failure = {
            "failure_kind": kind,
            "failure_reason": f"{reason} (Inforu {status})",
            "code": str(status),
        }
    return [
        DeliveryReport(
            uid=first(values, ["id"]),
            key=key,
            state=state,
            line_address=first(values, ["SenderNumber"]),
            extra=_kept(values, "SegmentsNumber", "Price", "Network"),
            **failure,
        )
    ]


def _read_message(values):
    return IncomingMessage(
        channel="sms",
        uid=first(values, ["MoSessionId"]),
        contact_value=first(values, ["Value", "PhoneNumber"]),
        line_address=first(values, ["ShortCode"]),
        body=str(values.get("Message") or ""),
        extra=_kept(values, "Keyword", "Network", "CustomerParam", "AdditionalInfo"),
    )


def _read_xml(xml):
    """Entities and document types are not read: a push needs none."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=False)
    try:
        root = etree.fromstring(_XML_DECLARATION.sub("", xml).encode(), parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None or root.getroottree().docinfo.doctype:
        return Unusable(
            key=xml[:200], reason=kept(_lt("IncomingXML is no readable XML.")), raw={"xml": xml}
        )
    values = {node.tag: node.text for node in root if isinstance(node.tag, str)}
    return _read_message(values)


def _kept(values, *names):
    found = {name: first(values, [name]) for name in names}
    return {name: value for name, value in found.items() if value}
