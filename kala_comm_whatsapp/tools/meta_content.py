"""What a message of Meta says, as the core keeps it (docs/providers.md, 1.5, 1.6)."""

import json
from typing import NamedTuple

from odoo.addons.kala_comm.tools.messages import InboundFile
from odoo.addons.kala_comm.tools.reader import (
    Reader,
    a_dict,
    a_list,
    international,
    lines,
    mimetype,
    plain,
)

from ..const import META_CHANGES
from .meta_answers import failure_reason


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


class ContentReader(Reader):
    """Reads what one message says, of any type."""

    def _read_content(self, message):
        """:return: Content of any message; ``unsupported`` where nothing is readable"""
        kind = plain(message.get("type"))
        reader = getattr(self, f"_read_type_{kind}", None) if kind in _TYPES else None
        content = reader(message) if reader else None
        if content and (content.body or content.files):
            return content
        kind = plain(a_dict(message, "unsupported").get("type")) or kind
        return Content("unsupported", self._describe_unsupported(kind, message))

    def _describe_unsupported(self, kind, message):
        reasons = [failure_reason(error) for error in a_list(message, "errors")]
        return lines(self._say_unreadable(kind), *reasons)

    def _read_type_text(self, message):
        return Content("text", plain(a_dict(message, "text").get("body")))

    def _read_type_button(self, message):
        button = a_dict(message, "button")
        label = plain(button.get("text")) or plain(button.get("payload"))
        return Content("text", label, choice=plain(button.get("payload")) or label)

    def _read_type_interactive(self, message):
        answer = a_dict(message, "interactive")
        form = a_dict(answer, "nfm_reply")
        if form:
            return Content("text", self._describe_form(form))
        picked = a_dict(answer, "button_reply") or a_dict(answer, "list_reply")
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
        media = a_dict(message, kind)
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
        spot = a_dict(message, "location")
        details = [spot.get(name) for name in ("name", "address", "url")]
        body = self._say_place(spot.get("latitude"), spot.get("longitude"), *details)
        return Content("location", body)

    def _read_type_contacts(self, message):
        cards = [self._describe_card(shared) for shared in a_list(message, "contacts")]
        return Content("contact", lines(*cards), new_value=self._own_number(message))

    def _own_number(self, message):
        """Who is known by an id only may send his own number when a template asks for it: a card
        that names nobody, or himself; in a group it is told to the group.

        :return: the number with ``+``, "" where it is another's or he has one already
        """
        cards = a_list(message, "contacts")
        elsewhere = plain(message.get("from")) or plain(message.get("group_id"))
        if elsewhere or len(cards) != 1:
            return ""
        [shared] = cards
        name = plain(a_dict(shared, "name").get("formatted_name"))
        named = plain(shared.get("user_id"))
        senders = {plain(message.get(k)) for k in ("from_user_id", "from_parent_user_id")}
        is_own = named in senders if named else not name
        phones = a_list(shared, "phones")
        if not is_own or len(phones) != 1:
            return ""
        return international(phones[0].get("wa_id") or phones[0].get("phone"))

    def _describe_card(self, shared):
        name = a_dict(shared, "name")
        return self._say_card(
            plain(name.get("formatted_name")) or name.get("first_name"),
            a_dict(shared, "org").get("company"),
            *_column(shared, "phones", "phone"),
            *_column(shared, "emails", "email"),
            *_column(shared, "urls", "url"),
            *(_one_line_of(address) for address in a_list(shared, "addresses")),
            shared.get("birthday"),
        )

    def _read_type_reaction(self, message):
        reaction = a_dict(message, "reaction")
        emoji = plain(reaction.get("emoji"))
        return Content(
            "reaction",
            self._("Reacted with %(emoji)s", emoji=emoji)
            if emoji
            else self._("Removed the reaction."),
            target_uid=plain(reaction.get("message_id")),
        )

    def _read_type_order(self, message):
        order = a_dict(message, "order")
        columns = ("quantity", "product_retailer_id", "item_price", "currency")
        rows = [
            "{} × {} – {} {}".format(*(plain(item.get(name)) for name in columns))
            for item in a_list(order, "product_items")
        ]
        return Content(
            "order",
            lines(self._("Order from the catalogue"), *rows, order.get("text")),
        )

    def _read_type_system(self, message):
        system = a_dict(message, "system")
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
        edit = a_dict(message, "edit")
        inner = a_dict(edit, "message")
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
            target_uid=plain(a_dict(message, "revoke").get("original_message_id")),
        )


#: Message types of docs/providers.md, 1.5 that have a reader of their own.
_TYPES = frozenset(
    name.removeprefix("_read_type_")
    for name in vars(ContentReader)
    if name.startswith("_read_type_")
)


def _column(whole, name, key):
    return [part.get(key) for part in a_list(whole, name)]


def _one_line_of(address):
    """:return: an address of a card, as people write it"""
    names = ("street", "city", "state", "zip", "country")
    return ", ".join(filter(None, (plain(address.get(name)) for name in names)))


def _said(answer):
    """:return: one answer of a form, as people read it"""
    return answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
