"""Meta's templates: how the API lists them, and how a message names one
(docs/providers.md, 1.1)."""

import re

from odoo.addons.kala_comm.tools.messages import (
    ExternalTemplate,
    TemplatePage,
    TemplateUpdate,
    TemplateVariable,
    from_timestamp,
)
from odoo.addons.kala_comm.tools.reader import plain

from ..const import (
    META_BUTTONS,
    META_HEADERS,
    META_NO_REASON,
    META_TEMPLATE_QUALITIES,
    META_TEMPLATE_STATES,
)
from .meta_answers import failure_reason, read_error

_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
#: Components that are read; a template with another one cannot be sent from here.
_COMPONENTS = ("HEADER", "BODY", "FOOTER", "BUTTONS")


def read_page(answer):
    """:param HttpAnswer answer: to the question for templates
    :return: TemplatePage"""
    body = answer.json()
    error = read_error(body)
    if error or answer.status != 200 or not isinstance(body, dict):
        return TemplatePage(error=failure_reason(error) if error else f"HTTP {answer.status}")
    if not isinstance(body.get("data"), list):
        return TemplatePage(error="the list of templates is missing")
    paging = _dict(body.get("paging"))
    return TemplatePage(
        templates=tuple(
            read_template(part)
            for part in body["data"]
            if isinstance(part, dict) and plain(part.get("id")) and plain(part.get("name"))
        ),
        cursor=plain(_dict(paging.get("cursors")).get("after")) if paging.get("next") else "",
    )


def read_template(part):
    """:return: ExternalTemplate"""
    components = {}
    unsupported = ""
    for component in _list(part.get("components")):
        kind = plain(_dict(component).get("type")).upper()
        if kind in _COMPONENTS:
            components[kind] = component
        else:
            unsupported = unsupported or kind
    header, body = components.get("HEADER", {}), components.get("BODY", {})
    header_kind = META_HEADERS.get(plain(header.get("format")).upper(), "")
    if header and not header_kind:
        unsupported = unsupported or plain(header.get("format"))
    buttons, of_buttons, unknown = _read_buttons(components.get("BUTTONS", {}))
    status = plain(part.get("status")).upper()
    return ExternalTemplate(
        external_id=plain(part["id"]),
        name=plain(part["name"]),
        language=plain(part.get("language")),
        state=META_TEMPLATE_STATES.get(status, "pending"),
        reason=_reason(part.get("rejected_reason")),
        quality=_quality(_dict(part.get("quality_score")).get("score")),
        category=plain(part.get("category")),
        header_kind=header_kind,
        header=plain(header.get("text")),
        body=plain(body.get("text")),
        footer=plain(components.get("FOOTER", {}).get("text")),
        buttons=buttons,
        variables=(
            *_variables("header", header, "header_text"),
            *_variables("body", body, "body_text"),
            *of_buttons,
        ),
        unsupported=unsupported or unknown,
    )


def _variables(part, component, example_name):
    names = list(dict.fromkeys(_VARIABLE.findall(plain(component.get("text")))))
    names.sort(key=lambda name: (0, int(name)) if name.isdecimal() else (1, 0))
    examples = _examples(_dict(component.get("example")), example_name, names)
    return tuple(
        TemplateVariable(part=part, name=name, example=examples.get(name, "")) for name in names
    )


def _examples(example, name, names):
    """:return: dict name of a variable → text that Meta was shown for it"""
    named = example.get(f"{name}_named_params")
    if isinstance(named, list):
        return {
            plain(part.get("param_name")): plain(part.get("example"))
            for part in named
            if isinstance(part, dict)
        }
    rows = example.get(name)
    if isinstance(rows, list) and rows and isinstance(rows[0], list):
        rows = rows[0]
    return dict(zip(names, map(plain, rows), strict=False)) if isinstance(rows, list) else {}


def _read_buttons(component):
    """:return: (dicts of the buttons, their variables, a kind that cannot be sent)"""
    buttons, variables, unknown = [], [], ""
    for place, button in enumerate(_list(component.get("buttons"))):
        button = _dict(button)
        said = plain(button.get("type")).upper()
        kind = META_BUTTONS.get(said)
        if not kind:
            unknown = unknown or said
            continue
        target = plain(button.get("url")) or plain(button.get("phone_number"))
        buttons.append({"kind": kind, "text": plain(button.get("text")), "target": target})
        example = button.get("example")
        example = plain(example[0] if isinstance(example, list) and example else example)
        if kind == "code":
            names = ["code"]
        else:
            names = _VARIABLE.findall(plain(button.get("url")))
        variables += [
            TemplateVariable(
                part="button",
                place=place,
                name=name,
                kind="code" if kind == "code" else "text",
                example=example,
            )
            for name in names
        ]
    return tuple(buttons), variables, unknown


def read_update(field, value, moment):
    """Read a change that tells news about a template.

    :param str field: name of the change
    :param dict value: of the change
    :param moment: unix seconds of the event, as they came
    :return: TemplateUpdate; None where it does not say which template
    """
    external_id = plain(value.get("message_template_id"))
    name = plain(value.get("message_template_name"))
    if not (external_id or name):
        return None
    status = plain(value.get("event")).upper()
    state = META_TEMPLATE_STATES.get(status, "")
    quality = plain(value.get("new_quality_score"))
    said = plain(value.get("new_category")) or status or quality or "components"
    return TemplateUpdate(
        key=f"{field}:{external_id or name}:{said}:{plain(moment)}",
        external_id=external_id,
        name=name,
        language=plain(value.get("message_template_language")),
        state=state,
        reason=_reason(value.get("reason")) or plain(_dict(value.get("other_info")).get("title")),
        quality=_quality(quality) if quality else "",
        category=plain(value.get("new_category")) or plain(value.get("message_template_category")),
        changed=not (state or quality or plain(value.get("new_category"))),
        date=from_timestamp(moment),
    )


def prepare_template(values, header_file):
    """Say which template a message is, and what its variables say.

    :param dict values: of :meth:`kala.template._prepare_values`
    :param dict header_file: the media object of a header that is a file, or None
    :return: dict, the ``template`` of a message
    """
    components = []
    header = [_parameter(v) for v in values["variables"] if v["part"] == "header"]
    if header_file:
        kind = values["header_kind"]
        header = [{"type": kind, kind: header_file}]
    if header:
        components.append({"type": "header", "parameters": header})
    body = [_parameter(v) for v in values["variables"] if v["part"] == "body"]
    if body:
        components.append({"type": "body", "parameters": body})
    components += [
        {
            "type": "button",
            "sub_type": "copy_code" if variable["kind"] == "code" else "url",
            "index": str(variable["place"]),
            "parameters": [_button_parameter(variable)],
        }
        for variable in values["variables"]
        if variable["part"] == "button"
    ]
    template = {
        "name": values["name"],
        "language": {"policy": "deterministic", "code": values["language"]},
    }
    return {**template, "components": components} if components else template


def _parameter(variable):
    named = {} if variable["name"].isdecimal() else {"parameter_name": variable["name"]}
    return {"type": "text", **named, "text": variable["text"]}


def _button_parameter(variable):
    if variable["kind"] == "code":
        return {"type": "coupon_code", "coupon_code": variable["text"]}
    return {"type": "text", "text": variable["text"]}


def _reason(value):
    said = plain(value)
    return "" if said.upper() in META_NO_REASON else said


def _quality(value):
    return META_TEMPLATE_QUALITIES.get(plain(value).upper(), "unknown")


def _dict(value):
    return value if isinstance(value, dict) else {}


def _list(value):
    return value if isinstance(value, list) else []
