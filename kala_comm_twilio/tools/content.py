"""Twilio's content templates: how the Content API lists them, and how a message names one
(WA8, docs/providers.md, 3.1)."""

import json
import re
import urllib.parse

from odoo.addons.kala_comm.tools.messages import (
    ExternalTemplate,
    TemplatePage,
    TemplateVariable,
)

from .. import const

_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def read_page(answer):
    """:param HttpAnswer answer: to the question for templates
    :return: TemplatePage; its cursor is the query of the next page: the host stays ours, whatever
        an answer says, since the login goes there"""
    values = answer.json()
    if not isinstance(values, dict) or answer.status != 200:
        said = values.get("message") if isinstance(values, dict) else ""
        return TemplatePage(error=f"HTTP {answer.status} {said or ''}".strip())
    if not isinstance(values.get("contents"), list):
        return TemplatePage(error="the list of templates is missing")
    following = _text(_dict(values.get("meta")).get("next_page_url"))
    return TemplatePage(
        templates=tuple(
            read_template(part)
            for part in values["contents"]
            if isinstance(part, dict) and _text(part.get("sid"))
        ),
        cursor=urllib.parse.urlsplit(following).query,
    )


def read_template(part):
    """:return: ExternalTemplate"""
    approval = part.get("approval_requests")
    approval = _dict(approval[0] if isinstance(approval, list) and approval else approval)
    kind, content = _choose(_dict(part.get("types")), _text(approval.get("content_type")))
    buttons, targets = _read_buttons(content)
    body = "\n".join(filter(None, (_text(content.get(name)) for name in const.CONTENT_TEXTS)))
    status = _text(approval.get("status")).lower()
    name = _text(approval.get("name")) or _text(part.get("friendly_name")) or part["sid"]
    return ExternalTemplate(
        external_id=part["sid"],
        name=name,
        language=_text(part.get("language")),
        state=const.APPROVAL_STATES.get(status, "pending"),
        reason=_text(approval.get("rejection_reason")),
        category=_text(approval.get("category")),
        body=body,
        footer=_text(content.get("footer")),
        buttons=tuple(buttons),
        variables=_variables(body, content, targets, _dict(part.get("variables"))),
        unsupported="" if kind in const.CONTENT_TYPES else kind or "content",
    )


def _choose(types, approved):
    """A template may be written down in several ways; WhatsApp approved one of them.

    :return: (its name, its content)
    """
    known = [name for name in const.CONTENT_TYPES if name in types]
    kind = approved if approved in types else next(iter([*known, *types]), "")
    return kind, _dict(types.get(kind))


def _read_buttons(content):
    """:return: (dicts of the buttons, their targets)"""
    actions = content.get("actions")
    actions = [a for a in actions if isinstance(a, dict)] if isinstance(actions, list) else []
    buttons = []
    for action in actions:
        kind = const.CONTENT_BUTTONS.get(_text(action.get("type")).upper(), "reply")
        target = _text(action.get("url")) or _text(action.get("phone")) if kind != "reply" else ""
        buttons.append({"kind": kind, "text": _text(action.get("title")), "target": target})
    return buttons, [
        " ".join(_text(action.get(name)) for name in const.CONTENT_BUTTON_TEXTS)
        for action in actions
    ]


def _variables(body, content, targets, examples):
    """One name stands for one text wherever it is written: it is asked for once, where people
    see it first."""
    media = content.get("media")
    media = media if isinstance(media, list) else [media]
    places = [
        ("body", 0, f"{body}\n{_text(content.get('footer'))}"),
        ("header", 0, " ".join(map(_text, media))),
        *(("button", place, target) for place, target in enumerate(targets)),
    ]
    found = {}
    for part, place, text in places:
        for name in _VARIABLE.findall(text):
            found.setdefault(
                name,
                TemplateVariable(
                    part=part, place=place, name=name, example=_text(examples.get(name))
                ),
            )
    return tuple(sorted(found.values(), key=lambda v: (not v.name.isdigit(), v.name.zfill(4))))


def prepare_content(values):
    """Say which template a message is, and what its variables say.

    :param dict values: of :meth:`kala.template._prepare_values`
    :return: dict of parameters of a message
    """
    texts = {variable["name"]: variable["text"] for variable in values["variables"]}
    content = {"ContentSid": values["external_id"]}
    if texts:
        content["ContentVariables"] = json.dumps(texts, ensure_ascii=False)
    return content


def _dict(value):
    return value if isinstance(value, dict) else {}


def _text(value):
    return value if isinstance(value, str) else ""
