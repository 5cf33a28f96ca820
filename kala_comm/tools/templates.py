"""Templates as providers keep them (WA1)."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class TemplateVariable:
    """A place of a template that takes a text.

    :ivar str part: header, body or button
    :ivar int place: which button, from 0
    :ivar str name: as the provider calls it: a number or a name
    :ivar str kind: ``text``; ``code`` for a coupon to copy
    """

    part: str
    name: str
    place: int = 0
    kind: str = "text"
    example: str = ""


@dataclasses.dataclass(frozen=True)
class ExternalTemplate:
    """A template as the provider keeps it; texts have ``{{name}}`` for their variables.

    :ivar str state: one of ``APPROVAL_STATES``
    :ivar str header_kind: one of ``HEADER_KINDS`` or empty
    :ivar tuple buttons: dicts ``kind`` (reply, url, phone, code), ``text``, ``target``
    :ivar str unsupported: a part that cannot be sent from here, in the provider's word
    """

    external_id: str
    name: str
    language: str
    state: str
    body: str
    reason: str = ""
    quality: str = "unknown"
    category: str = ""
    header_kind: str = ""
    header: str = ""
    footer: str = ""
    buttons: tuple = ()
    variables: tuple = ()
    unsupported: str = ""


@dataclasses.dataclass(frozen=True)
class TemplatePage:
    """One page of a provider's templates.

    :ivar str cursor: where the next page begins; empty = this is the last one
    :ivar str error: why there is none, in words
    """

    templates: tuple = ()
    cursor: str = ""
    error: str = ""
