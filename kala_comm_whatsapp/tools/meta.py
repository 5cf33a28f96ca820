"""Meta's payloads as items of the core (docs/providers.md, 1.2, 1.5, 1.6, 1.8)."""

import json
import re
from typing import NamedTuple

from odoo.addons.kala_comm.tools.const import ONCE_MORE
from odoo.addons.kala_comm.tools.messages import (
    ConsentChange,
    DeliveryReport,
    InboundFile,
    IncomingMessage,
    SendResult,
    from_timestamp,
)
from odoo.addons.kala_comm.tools.reader import Reader, international, lines, mimetype, plain

from ..const import (
    META_CALL_FIELD,
    META_CALLED_US,
    META_CHANGES,
    META_CHOICES,
    META_FAILURE_KINDS,
    META_FILE_KINDS,
    META_MESSAGE_FIELDS,
    META_OBJECT,
    META_ONCE_MORE,
    META_PREFERENCE_FIELD,
    META_PREFERENCES,
    META_STATES,
    META_TEMPLATE_FIELDS,
)

_PHONE = re.compile(r"\+?\d+")
#: Keys of a message that become fields of the item; all else is kept in ``extra``.
_MESSAGE_KEYS = ("id", "from", "from_user_id", "to", "to_user_id", "timestamp", "text")
_STATUS_KEYS = ("id", "status", "timestamp", "biz_opaque_callback_data")


class Content(NamedTuple):
    """What a message says, in the words of :class:`IncomingMessage`."""

    kind: str
    body: str
    files: tuple = ()
    target_uid: str = ""
    edited_body: str = ""
    choice: str = ""
    new_value: str = ""
    new_uid: str = ""


def failure_kind(error):
    """Decide by the code: titles and HTTP statuses are no contract (docs/providers.md, 1.2).

    :param dict error: of an answer, a status or a payload
    :return: one of ``FAILURE_KINDS``
    """
    kind = META_FAILURE_KINDS.get(_code(error))
    if kind:
        return kind
    return "temporary" if error.get("is_transient") is True else "rejected"


def failure_tries(error):
    """:return: tries that it is worth; 0 = as many as any other"""
    return ONCE_MORE if _code(error) in META_ONCE_MORE else 0


def failure_reason(error):
    """:return: one line of Meta's own words, the most telling ones, with the code"""
    details = error.get("error_data")
    if isinstance(details, dict):
        details = details.get("details")
    said = [
        plain(words)
        for words in (error.get("title"), error.get("message"), details)
        if plain(words)
    ]
    if len(said) > 1 and said[0] in said[1]:
        del said[0]
    reason = " – ".join(dict.fromkeys(said)) or "Meta gave no reason"
    code = plain(error.get("code"))
    return reason if not code or code in reason else f"({code}) {reason}"


def read_error(body):
    """:return: the error of an answer, a dict; None where it is not Meta's envelope"""
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) and _code(error) is not None else None


def read_refusal(body):
    """:return: SendResult of an answer that refuses; None where it does not"""
    error = read_error(body)
    if not error:
        return None
    return SendResult.refused(
        failure_kind(error),
        failure_reason(error),
        # 0 is a code as well.
        str(error["code"]),
        tries=failure_tries(error),
    )


def read_subscription(answer):
    """:return: why our app was not subscribed to the account; "" where it was"""
    body = answer.json()
    refused = read_refusal(body)
    if refused:
        return refused.failure_reason
    done = answer.status == 200 and isinstance(body, dict) and body.get("success") is True
    return "" if done else f"HTTP {answer.status}"


def file_kind(mimetype):
    """:return: as what WhatsApp shows a file; "" where it does not take it
    (docs/providers.md, 1.7)"""
    kind = META_FILE_KINDS.get(mimetype)
    if kind:
        return kind
    main = (mimetype or "").partition("/")[0]
    return "" if main in ("image", "audio", "video") else "document"


def read_size(value):
    """:return: bytes, as Meta says them, number or text; 0 where it does not"""
    said = plain(value)
    return int(said) if said.isdecimal() else 0


def read_accepted(body):
    """:return: SendResult of an accepted message; None where its id is missing"""
    message = _first(body, "messages")
    uid = plain(message.get("id"))
    if not uid:
        return None
    return SendResult.sent(uid, contact_uid=plain(_first(body, "contacts").get("user_id")))


def read_health(answer):
    """Read a list of numbers, one number, or whom the token belongs to.

    :param HttpAnswer answer:
    :return: dict of :meth:`kala.provider._read_health`
    """
    body = answer.json()
    error = read_error(body)
    if error or answer.status != 200 or not isinstance(body, dict):
        reason = failure_reason(error) if error else f"HTTP {answer.status}"
        return {"ok": False, "reason": reason}
    numbers = [n for n in _list(body, "data") or [body] if isinstance(n, dict)]
    return {
        "ok": True,
        "lines": [
            {
                "external_id": plain(number.get("id")),
                "address": international(number["display_phone_number"]),
                "name": plain(number.get("verified_name")),
            }
            for number in numbers
            if number.get("display_phone_number")
        ],
    }


class WebhookReader(Reader):
    """Reads one payload part by part, so that the neighbours of a bad part live on. No
    shape of the payload raises."""

    def read_payload(self, payload):
        """Read every message and status of every change of every entry.

        :param payload: the decoded JSON
        :return: list of IncomingMessage, DeliveryReport, Unusable
        """
        if not isinstance(payload, dict) or payload.get("object") != META_OBJECT:
            self._refuse(payload, self._("This is no event of a WhatsApp Business account."))
            return self.items
        for entry in self._parts(payload, "entry", required=True):
            for change in self._parts(entry, "changes", required=True):
                self._read_change(change, entry.get("time"))
        return self.items

    # ------------------------------------------------------------------ envelope

    def _parts(self, whole, name, required=False):
        """Yield the dicts of a list; refuse everything that is none."""
        parts = whole.get(name)
        if parts is None and not required:
            return
        if not isinstance(parts, list):
            self._refuse(whole, self._("The list “%(name)s” is missing.", name=name))
            return
        for part in parts:
            if isinstance(part, dict):
                yield part
            else:
                self._refuse(part, self._("A part of “%(name)s” is no object.", name=name))

    def _read_change(self, change, moment):
        field, value = change.get("field"), change.get("value")
        if not isinstance(field, str):
            self._refuse(change, self._("The change does not say what it is about."))
        elif field in META_MESSAGE_FIELDS:
            if isinstance(value, dict):
                self._read_value(value)
            else:
                self._refuse(change, self._("The change has no content."))
        elif field == META_PREFERENCE_FIELD:
            self._read_preferences(_dict(change, "value"))
        elif field == META_CALL_FIELD:
            self._read_calls(_dict(change, "value"))
        elif field in META_TEMPLATE_FIELDS:
            self._read_template_news(field, change, moment)

    def _read_template_news(self, field, change, moment):
        from . import meta_template  # which needs the errors of this file

        news = meta_template.read_update(field, _dict(change, "value"), moment)
        if news:
            self.items.append(news)
        else:
            self._refuse(change, self._("The change does not say which template it is about."))

    def _read_value(self, value):
        line, contacts = self._read_parties(value)
        for message in self._parts(value, "messages"):
            self._read_message(message, contacts, line)
        for message in self._parts(value, "message_echoes"):
            self._read_message(message, contacts, line, echo=True)
        for status in self._parts(value, "statuses"):
            self._read_status(status, line)
        for error in self._parts(value, "errors"):
            self._refuse(
                error,
                self._(
                    "Meta reports a problem with this number: %(reason)s",
                    reason=failure_reason(error),
                ),
            )

    @staticmethod
    def _read_parties(value):
        """:return: (dict of the fields that name our line, list of the contacts)"""
        metadata = _dict(value, "metadata")
        line = {
            "line_external_id": plain(metadata.get("phone_number_id")),
            "line_address": international(metadata.get("display_phone_number")),
        }
        return line, [c for c in _list(value, "contacts") if isinstance(c, dict)]

    # ------------------------------------------------------------------ choices of contacts

    def _read_preferences(self, value):
        line, contacts = self._read_parties(value)
        for said in self._parts(value, "user_preferences"):
            self._read_preference(said, contacts, line)

    def _read_preference(self, said, contacts, line):
        """A contact chose in his WhatsApp whether he wants our advertising; WhatsApp has told him
        what that means. A category that is not known yet is a dead letter, not a guess."""
        purpose = META_PREFERENCES.get(plain(said.get("category")))
        allowed = META_CHOICES.get(plain(said.get("value")))
        person = {"from": said.get("wa_id"), "from_user_id": said.get("user_id")}
        sender = self._find_contact(person, contacts, "from")
        if not purpose or allowed is None:
            self._refuse(said, self._("The contact's choice is not one that is known here."))
        elif not sender:
            self._refuse(said, self._("The choice does not say whose it is."))
        else:
            who, moment = sender["contact_value"], plain(said.get("timestamp"))
            del sender["contact_name"]
            self.items.append(
                ConsentChange(
                    key=f"{who}:{purpose}:{allowed}:{moment}",
                    channel="whatsapp",
                    allowed=allowed,
                    purpose=purpose,
                    reason=plain(said.get("detail")) or f"{said['category']}: {said['value']}",
                    date=from_timestamp(said.get("timestamp")),
                    **sender,
                    **line,
                )
            )

    # ------------------------------------------------------------------ calls

    def _read_calls(self, value):
        """A contact called over WhatsApp. Nobody answers such a call from here: what is told is
        that he called, when the call is over, as a message to be answered; one that somebody took
        elsewhere is noted. The contract names the field only, so what is not understood is
        silent."""
        line, contacts = self._read_parties(value)
        for call in self._parts(value, "calls"):
            sender = self._find_contact(call, contacts, "from")
            is_over = plain(call.get("event")) == "terminate"
            ours = plain(call.get("direction")) != META_CALLED_US
            if not is_over or ours or not sender or not plain(call.get("id")):
                continue
            talked = read_size(call.get("duration"))
            self.items.append(
                IncomingMessage(
                    channel="whatsapp",
                    uid=plain(call["id"]),
                    date=from_timestamp(call.get("timestamp")),
                    kind="system" if talked else "call",
                    body=self._("Called over WhatsApp: %(seconds)s seconds", seconds=talked)
                    if talked
                    else self._("Called over WhatsApp; nobody answered"),
                    extra={k: v for k, v in call.items() if k not in ("session", *_MESSAGE_KEYS)},
                    **sender,
                    **line,
                )
            )

    # ------------------------------------------------------------------ messages

    def _read_message(self, message, contacts, line, echo=False):
        uid = plain(message.get("id"))
        sender = self._find_contact(message, contacts, "to" if echo else "from")
        sender = self._in_group(message, sender)
        if not uid:
            self._refuse(message, self._("The message has no id."))
        elif not sender:
            self._refuse(message, self._("The message does not say who wrote it."))
        else:
            content = self._read_content(message)
            details = self._describe_circumstances(message)
            if content.kind == "unsupported" and details and self._says_nothing(message):
                # He pressed a button of an advertisement or product, and wrote nothing.
                content, details = Content("text", details), ""
            self.items.append(
                IncomingMessage(
                    channel="whatsapp",
                    uid=uid,
                    date=from_timestamp(message.get("timestamp")),
                    reply_to=plain(_dict(message, "context").get("id")),
                    echo=echo,
                    details=details,
                    extra={k: v for k, v in message.items() if k not in _MESSAGE_KEYS},
                    **self._read_ad(message),
                    **sender,
                    **line,
                    **content._asdict(),
                )
            )

    @staticmethod
    def _in_group(message, sender):
        """:return: ``sender``; in a group the group is the other side, and he gives his name"""
        group = plain(message.get("group_id"))
        if not group:
            return sender
        name = sender.get("contact_name") or sender.get("contact_value", "")
        return {
            "group": group,
            "contact_kind": "whatsapp",
            "contact_value": group,
            "contact_name": name,
        }

    @staticmethod
    def _read_ad(message):
        referral = _dict(message, "referral")
        said = (plain(referral.get(name)).strip() for name in ("source_id", "source_url"))
        ad_id = next(filter(None, said), "")
        return {"ad_id": ad_id[:200], "ad_name": plain(referral.get("headline"))} if ad_id else {}

    @staticmethod
    def _says_nothing(message):
        kind = plain(message.get("type"))
        return kind in ("", "text") and not _list(message, "errors")

    def _describe_circumstances(self, message):
        """:return: what a message is about and where it came from, one a line, as people read it"""
        referral, context = _dict(message, "referral"), _dict(message, "context")
        product = _dict(context, "referred_product")
        said = []
        if context.get("forwarded") is True or context.get("frequently_forwarded") is True:
            said.append(self._("Forwarded"))
        if product:
            words = self._(
                "About the product %(product)s of the catalogue %(catalogue)s",
                product=plain(product.get("product_retailer_id")),
                catalogue=plain(product.get("catalog_id")),
            )
            said.append(words)
        if referral:
            name = plain(referral.get("headline")) or plain(referral.get("source_id"))
            said.append(self._say_ad(name, referral.get("body"), referral.get("source_url")))
        return lines(*said)

    def _find_contact(self, message, contacts, side):
        """Say who the other side is. People with a user name may have no phone number
        (docs/providers.md, 1.8); those who have both are known by both (MA8).

        :param str side: ``from`` of what they wrote, ``to`` of what we wrote
        :return: dict of the contact's fields; empty where nobody is named
        """
        number = plain(message.get(side))
        user_id = plain(message.get(f"{side}_user_id") or message.get(f"{side}_parent_user_id"))
        if not number and not user_id:
            # A notice may name the person by what he was known by before.
            system = _dict(message, "system")
            number = plain(system.get("customer"))
            user_id = plain(system.get("previous_user_id") or system.get("previous_parent_user_id"))
        known = self._find_known(number, user_id, contacts)
        number = number or plain(known.get("wa_id"))
        user_id = user_id or plain(known.get("user_id"))
        if not number and not user_id:
            # It tells only what he is known by now; one of it may be as it was before.
            number, user_id = self._read_identity(_dict(message, "system"))
        if number and not _PHONE.fullmatch(number):
            number, user_id = "", user_id or number
        profile = _dict(known, "profile")
        name = plain(profile.get("name")) or plain(profile.get("username"))
        if number:
            return {
                "contact_kind": "phone",
                "contact_value": international(number),
                "contact_uid": user_id,
                "contact_name": name,
            }
        if user_id:
            return {
                "contact_kind": "whatsapp",
                "contact_value": user_id,
                "contact_name": name,
            }
        return {}

    @staticmethod
    def _find_known(number, user_id, contacts):
        for contact in contacts:
            if number and plain(contact.get("wa_id")) == number:
                return contact
            if user_id and plain(contact.get("user_id")) == user_id:
                return contact
        # A person's id and number may differ; a lone contact can only be the sender.
        return contacts[0] if len(contacts) == 1 else {}

    def _read_content(self, message):
        """:return: Content of any message; ``unsupported`` where nothing is readable"""
        kind = plain(message.get("type"))
        reader = getattr(self, f"_read_type_{kind}", None) if kind in _TYPES else None
        content = reader(message) if reader else None
        if content and (content.body or content.files):
            return content
        kind = plain(_dict(message, "unsupported").get("type")) or kind
        return Content("unsupported", self._describe_unsupported(kind, message))

    def _describe_unsupported(self, kind, message):
        reasons = [
            failure_reason(error) for error in _list(message, "errors") if isinstance(error, dict)
        ]
        return lines(self._say_unreadable(kind), *reasons)

    def _read_type_text(self, message):
        return Content("text", plain(_dict(message, "text").get("body")))

    def _read_type_button(self, message):
        button = _dict(message, "button")
        label = plain(button.get("text")) or plain(button.get("payload"))
        return Content("text", label, choice=plain(button.get("payload")) or label)

    def _read_type_interactive(self, message):
        answer = _dict(message, "interactive")
        form = _dict(answer, "nfm_reply")
        if form:
            return Content("text", self._describe_form(form))
        picked = _dict(answer, "button_reply") or _dict(answer, "list_reply")
        label = lines(picked.get("title"), picked.get("description"))
        return Content("text", label, choice=plain(picked.get("id")) or label)

    def _describe_form(self, form):
        try:
            answers = json.loads(plain(form.get("response_json")))
        except (ValueError, RecursionError):
            answers = {}
        if not isinstance(answers, dict):
            answers = {}
        return lines(
            self._("Form filled in"),
            form.get("body"),
            *(
                f"{name}: {_said(answer)}"
                for name, answer in answers.items()
                if name != "flow_token"
            ),
        )

    def _read_file(self, message):
        kind = plain(message.get("type"))
        media = _dict(message, kind)
        if not plain(media.get("id")):
            return None
        return Content(
            "file",
            plain(media.get("caption")),
            (
                InboundFile(
                    kind=kind,
                    name=plain(media.get("filename")),
                    mimetype=mimetype(media.get("mime_type")),
                    provider_id=plain(media.get("id")),
                ),
            ),
        )

    _read_type_image = _read_type_video = _read_type_audio = _read_file
    _read_type_document = _read_type_sticker = _read_file

    def _read_type_location(self, message):
        spot = _dict(message, "location")
        details = [spot.get(name) for name in ("name", "address", "url")]
        body = self._say_place(spot.get("latitude"), spot.get("longitude"), *details)
        return Content("location", body)

    def _read_type_contacts(self, message):
        cards = [
            self._describe_card(shared)
            for shared in _list(message, "contacts")
            if isinstance(shared, dict)
        ]
        return Content("contact", lines(*cards), new_value=self._own_number(message))

    def _own_number(self, message):
        """Who is known by an id only may send his own number when a template asks for it: a card
        that names nobody, or himself; in a group it is told to the group.

        :return: the number with ``+``, "" where it is another's or he has one already
        """
        cards = _list(message, "contacts")
        elsewhere = plain(message.get("from")) or plain(message.get("group_id"))
        if elsewhere or len(cards) != 1 or not isinstance(cards[0], dict):
            return ""
        [shared] = cards
        name = plain(_dict(shared, "name").get("formatted_name"))
        named = plain(shared.get("user_id"))
        senders = {plain(message.get(k)) for k in ("from_user_id", "from_parent_user_id")}
        is_own = named in senders if named else not name
        phones = [phone for phone in _list(shared, "phones") if isinstance(phone, dict)]
        if not is_own or len(phones) != 1:
            return ""
        return international(phones[0].get("wa_id") or phones[0].get("phone"))

    def _describe_card(self, shared):
        name = _dict(shared, "name")
        return self._say_card(
            plain(name.get("formatted_name")) or name.get("first_name"),
            _dict(shared, "org").get("company"),
            *_column(shared, "phones", "phone"),
            *_column(shared, "emails", "email"),
            *_column(shared, "urls", "url"),
            *(_one_line_of(address) for address in _list(shared, "addresses")),
            shared.get("birthday"),
        )

    def _read_type_reaction(self, message):
        reaction = _dict(message, "reaction")
        emoji = plain(reaction.get("emoji"))
        return Content(
            "reaction",
            self._("Reacted with %(emoji)s", emoji=emoji)
            if emoji
            else self._("Removed the reaction."),
            target_uid=plain(reaction.get("message_id")),
        )

    def _read_type_order(self, message):
        order = _dict(message, "order")
        columns = ("quantity", "product_retailer_id", "item_price", "currency")
        rows = [
            "{} × {} – {} {}".format(*(plain(item.get(name)) for name in columns))
            for item in _list(order, "product_items")
            if isinstance(item, dict)
        ]
        return Content(
            "order",
            lines(self._("Order from the catalogue"), *rows, order.get("text")),
        )

    def _read_type_system(self, message):
        system = _dict(message, "system")
        kind = plain(system.get("type"))
        number, user_id = self._read_identity(system)
        number = international(number)
        if kind not in META_CHANGES or not (number or user_id):
            body = plain(system.get("body")) or self._("Notice from WhatsApp: %(type)s", type=kind)
            return Content("system", body)
        if number:
            body = self._("Has a new phone number: %(number)s", number=number)
        else:
            body = self._("Has a new WhatsApp user id: %(id)s", id=user_id)
        return Content("system", body, new_value=number, new_uid=user_id)

    @staticmethod
    def _read_identity(system):
        """:return: (number, id) that a notice gives a person; older ones have other names for it"""
        number = plain(system.get("wa_id") or system.get("new_wa_id"))
        return number, plain(system.get("user_id") or system.get("parent_user_id"))

    def _read_type_request_welcome(self, message):
        """He opened the chat and wrote nothing yet: no message of a person."""
        return Content("system", self._("Opened the chat."))

    def _read_type_deleted(self, message):
        return Content("system", self._("Deleted a message."))

    def _read_type_edit(self, message):
        edit = _dict(message, "edit")
        inner = _dict(edit, "message")
        if plain(inner.get("type")) == "edit":
            return None
        content = self._read_content(inner)
        return Content(
            "edit",
            self._("Edited: %(text)s", text=content.body),
            content.files,
            plain(edit.get("original_message_id")),
            content.body,
        )

    def _read_type_revoke(self, message):
        return Content(
            "revoke",
            self._("Deleted a message."),
            target_uid=plain(_dict(message, "revoke").get("original_message_id")),
        )

    # ------------------------------------------------------------------ statuses

    def _read_status(self, status, line):
        """Our own id in a status finds a message whose answer never came."""
        uid = plain(status.get("id"))
        key = plain(status.get("biz_opaque_callback_data"))
        said = plain(status.get("status"))
        if not said or not (uid or key):
            self._refuse(status, self._("The status does not say which message it is about."))
            return
        failure = {}
        if said == "failed":
            failure = self._read_failure(_list(status, "errors"))
        self.items.append(
            DeliveryReport(
                uid=uid,
                key=key,
                state=META_STATES.get(said, said),
                date=from_timestamp(status.get("timestamp")),
                extra={k: v for k, v in status.items() if k not in _STATUS_KEYS},
                **failure,
                **line,
            )
        )

    @staticmethod
    def _read_failure(errors):
        error = next((e for e in errors if isinstance(e, dict)), {})
        return {
            "failure_kind": failure_kind(error),
            "failure_reason": failure_reason(error),
            "code": plain(error.get("code")),
            "tries": failure_tries(error),
        }


#: Message types of docs/providers.md, 1.5 that have a reader of their own.
_TYPES = frozenset(
    name.removeprefix("_read_type_")
    for name in vars(WebhookReader)
    if name.startswith("_read_type_")
)


def _dict(whole, name):
    part = whole.get(name)
    return part if isinstance(part, dict) else {}


def _list(whole, name):
    part = whole.get(name)
    return part if isinstance(part, list) else []


def _first(whole, name):
    """:return: the first part of a list of a body, {} where there is none"""
    parts = _list(whole, name) if isinstance(whole, dict) else []
    return parts[0] if parts and isinstance(parts[0], dict) else {}


def _column(whole, name, key):
    return [part.get(key) for part in _list(whole, name) if isinstance(part, dict)]


def _one_line_of(address):
    """:return: an address of a card, as people write it"""
    if not isinstance(address, dict):
        return ""
    names = ("street", "city", "state", "zip", "country")
    return ", ".join(filter(None, (plain(address.get(name)) for name in names)))


def _code(error):
    try:
        return int(plain(error.get("code")))
    except ValueError:
        return None


def _said(answer):
    """:return: one answer of a form, as people read it"""
    return answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
