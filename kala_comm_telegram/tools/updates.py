"""Telegram's updates as items of the core (docs/providers.md, 8). No shape of one raises."""

from typing import NamedTuple

from odoo.addons.kala_comm.tools.messages import (
    ConsentChange,
    InboundFile,
    IncomingMessage,
    from_timestamp,
)
from odoo.addons.kala_comm.tools.reader import Reader, a_dict, a_list, lines, mimetype, plain

from .. import const
from .answers import uid_of

#: Chats of one person; all others are groups.
PRIVATE = "private"
#: Chats in which nobody writes to us.
CHANNEL_CHAT = "channel"


class Content(NamedTuple):
    """What a message says, in the words of IncomingMessage."""

    kind: str
    body: str
    files: tuple = ()
    new_value: str = ""
    invitation: str = ""


class UpdateReader(Reader):
    """Reads updates, of a webhook or of a poll.

    :param str line_external_id: the bot's id, where its line is not known yet
    """

    def __init__(self, translate, line_external_id=""):
        super().__init__(translate)
        self._line = {"line_external_id": line_external_id} if line_external_id else {}

    def read_payload(self, payload):
        """:param payload: one update, or the answer to ``getUpdates``
        :return: list of IncomingMessage, ConsentChange, Unusable"""
        updates = payload.get("result") if isinstance(payload, dict) else None
        for update in updates if isinstance(updates, list) else [payload]:
            if isinstance(update, dict) and "update_id" in update:
                self._read_update(update)
            else:
                self._refuse(update, self._("This is no update of Telegram."))
        return self.items

    def _read_update(self, update):
        for name, read in (
            ("message", self._read_message),
            ("edited_message", self._read_edit),
            ("message_reaction", self._read_reaction),
            ("callback_query", self._read_choice),
            ("my_chat_member", self._read_membership),
        ):
            if name in update:
                part = update[name]
                if isinstance(part, dict):
                    read(part, update)
                else:
                    self._refuse(update, self._("The update has no content."))
                return

    # ------------------------------------------------------------------ messages

    def _read_message(self, message, update):
        self._add(message, update, self._read_content(message))

    def _read_edit(self, message, update):
        said = self._read_content(message)
        content = Content("edit", self._("Edited: %(text)s", text=said.body), said.files)
        when = plain(message.get("edit_date"))
        self._add(
            {**message, "date": message.get("edit_date")},
            update,
            content,
            uid=f"{uid_of(message)}:{when}",
            target_uid=uid_of(message),
            edited_body=said.body,
            album="",
        )

    def _add(self, message, update, content, **values):
        uid, sender = uid_of(message), self._sender_of(message)
        if a_dict(message, "chat").get("type") == CHANNEL_CHAT:
            return
        if not uid or not sender:
            self._refuse(update, self._("The message does not say who wrote it."))
            return
        quoted = a_dict(message, "reply_to_message")
        self.items.append(
            IncomingMessage(
                **{
                    "channel": const.CHANNEL,
                    "uid": uid,
                    "date": from_timestamp(message.get("date")),
                    "reply_to": uid_of(quoted) if quoted else "",
                    "album": self._album_of(message),
                    "details": self._details_of(message),
                    "extra": {"language": plain(a_dict(message, "from").get("language_code"))},
                    **self._line,
                    **sender,
                    **content._asdict(),
                    **values,
                }
            )
        )

    @staticmethod
    def _sender_of(message):
        """:return: dict: who wrote; a group is the other side of what is written in it"""
        chat, writer = a_dict(message, "chat"), a_dict(message, "from") or a_dict(message, "user")
        chat_id, name = plain(chat.get("id")), name_of(writer) or name_of(chat)
        if not chat_id:
            return {}
        group = {} if chat.get("type", PRIVATE) == PRIVATE else {"group": chat_id}
        return {
            "contact_kind": const.CHANNEL,
            "contact_value": chat_id,
            "contact_name": name or plain(chat.get("title")),
            **group,
            **_moved_of(message, chat_id),
        }

    @staticmethod
    def _album_of(message):
        album = plain(message.get("media_group_id"))
        chat = plain(a_dict(message, "chat").get("id"))
        return f"{chat}:{album}" if album and chat else ""

    def _details_of(self, message):
        """:return: what people read of where a message came from"""
        origin = a_dict(message, "forward_origin")
        if not origin:
            return ""
        name = (
            name_of(a_dict(origin, "sender_user"))
            or plain(origin.get("sender_user_name"))
            or plain((a_dict(origin, "chat") or a_dict(origin, "sender_chat")).get("title"))
        )
        return self._("Forwarded from %(name)s", name=name) if name else self._("Forwarded")

    # ------------------------------------------------------------------ content

    def _read_content(self, message):
        text = plain(message.get("text"))
        if text:
            return self._read_text(text)
        files = self._files_of(message)
        if files:
            return Content("file", plain(message.get("caption")), files)
        for name, read in (
            ("contact", self._read_contact),
            ("venue", self._read_venue),
            ("location", self._read_location),
            ("poll", self._read_poll),
            ("dice", self._read_dice),
        ):
            if isinstance(message.get(name), dict):
                return read(message[name], message)
        for name in ("migrate_to_chat_id", "migrate_from_chat_id"):
            if plain(message.get(name)):
                return Content("system", self._("The group has another id now."))
        known = [name for name in SERVICE if name in message]
        if known:
            return Content("system", self._("A notice of the chat: %(name)s", name=known[0]))
        return Content("unsupported", self._say_unreadable(""))

    def _read_text(self, text):
        """``/start`` opens the chat; what stands after it comes from a link of ours."""
        command, _space, token = text.strip().partition(" ")
        if command.partition("@")[0] != "/start":
            return Content("text", text)
        return Content("system", self._("Opened the chat."), invitation=token.strip()[:64])

    @staticmethod
    def _files_of(message):
        photos = a_list(message, "photo")
        if photos:
            largest = max(photos, key=lambda photo: size_of(photo))
            return (_file("image", largest, mimetype_of="image/jpeg"),)
        for name, kind in const.FILES.items():
            part = a_dict(message, name)
            if part.get("file_id"):
                return (_file(kind, part),)
        return ()

    def _read_contact(self, card, message):
        """A number is believed to be the sender's own only where Telegram says so."""
        number = plain(card.get("phone_number"))
        number = f"+{number.lstrip('+')}" if number else ""
        own = plain(card.get("user_id"))
        writer = plain(a_dict(message, "from").get("id"))
        if number and own and own == writer:
            return Content("contact", self._say_own_card(number), new_value=number)
        return Content("contact", self._say_card(name_of(card), number))

    def _read_venue(self, venue, message):
        place = a_dict(venue, "location")
        return Content(
            "location",
            self._say_place(
                place.get("latitude"),
                place.get("longitude"),
                venue.get("title"),
                venue.get("address"),
            ),
        )

    def _read_location(self, place, message):
        return Content("location", self._say_place(place.get("latitude"), place.get("longitude")))

    def _read_poll(self, poll, message):
        options = [plain(option.get("text")) for option in a_list(poll, "options")]
        return Content(
            "text", lines(self._("Poll: %(text)s", text=plain(poll.get("question"))), *options)
        )

    def _read_dice(self, dice, message):
        return Content("text", lines(dice.get("emoji"), dice.get("value")))

    # ------------------------------------------------------------------ other updates

    def _read_choice(self, query, update):
        """A button under a message of ours was pressed."""
        message = a_dict(query, "message")
        data = plain(query.get("data"))
        pressed = {**message, "from": a_dict(query, "from")}
        pressed.pop("media_group_id", None)
        self._add(
            {**pressed, "date": None},
            update,
            Content("text", data or self._("Pressed a button.")),
            uid=f"{uid_of(message)}:{plain(query.get('id'))}",
            reply_to=uid_of(message),
            choice=data,
            details="",
        )

    def _read_reaction(self, reaction, update):
        """What he reacts with now; nothing takes his reaction back."""
        emojis = [plain(one.get("emoji")) or "★" for one in a_list(reaction, "new_reaction")]
        body = (
            self._("Reacted with %(emoji)s", emoji=" ".join(emojis))
            if emojis
            else self._("Removed the reaction.")
        )
        self._add(
            reaction,
            update,
            Content("reaction", body),
            uid=f"{uid_of(reaction)}:{plain(update.get('update_id'))}",
            target_uid=uid_of(reaction),
        )

    def _read_membership(self, change, update):
        """A person blocked the bot, or started it again (CO2)."""
        chat = a_dict(change, "chat")
        status = plain(a_dict(change, "new_chat_member").get("status"))
        allowed = const.MEMBERSHIP.get(status)
        if chat.get("type") != PRIVATE or allowed is None:
            return
        self.items.append(
            ConsentChange(
                key=plain(update.get("update_id")),
                channel=const.CHANNEL,
                allowed=allowed,
                contact_kind=const.CHANNEL,
                contact_value=plain(chat.get("id")),
                reason=self._("started the bot") if allowed else self._("blocked the bot"),
                date=from_timestamp(change.get("date")),
                **self._line,
            )
        )


#: Messages in which nobody says anything.
SERVICE = (
    "new_chat_members",
    "left_chat_member",
    "new_chat_title",
    "new_chat_photo",
    "delete_chat_photo",
    "group_chat_created",
    "supergroup_chat_created",
    "pinned_message",
    "message_auto_delete_timer_changed",
    "write_access_allowed",
    "users_shared",
    "chat_shared",
)


def _moved_of(message, chat_id):
    """A group that becomes a supergroup gets another id. The former chat tells the id that comes,
    the new chat tells the former one.

    :return: dict: the notice is of the former chat, and names the new one"""
    later, former = (plain(message.get(f"migrate_{way}_chat_id")) for way in ("to", "from"))
    if later:
        return {"new_uid": later}
    return {"contact_value": former, "group": former, "new_uid": chat_id} if former else {}


def name_of(person):
    """:param dict person: a user, a chat or a card
    :return: what he calls himself"""
    names = (plain(person.get(name)).strip() for name in ("first_name", "last_name"))
    said = " ".join(filter(None, names))
    username = plain(person.get("username"))
    return said or (f"@{username}" if username else "")


def size_of(file):
    size = file.get("file_size")
    return size if isinstance(size, int) else 0


def _file(kind, part, mimetype_of=""):
    return InboundFile(
        kind=kind,
        name=plain(part.get("file_name")),
        mimetype=mimetype(part.get("mime_type")) or mimetype_of,
        provider_id=plain(part.get("file_id")),
        size=size_of(part),
    )
