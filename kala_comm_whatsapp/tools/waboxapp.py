"""waboxapp's hook as items of the core (docs/providers.md, 2)."""

from odoo.addons.kala_comm.tools.messages import (
    DeliveryReport,
    InboundFile,
    IncomingMessage,
    from_timestamp,
)
from odoo.addons.kala_comm.tools.reader import Reader, international, mimetype

from ..const import WABOX_PENDING, WABOX_STATES

#: Type of a message → kind of its file; a voice note is a recording like any other.
_FILES = {
    "image": "image",
    "video": "video",
    "audio": "audio",
    "ptt": "audio",
    "document": "document",
}
#: How WhatsApp ends the id of a group.
GROUP_SUFFIX = "@g.us"
#: What WhatsApp Web writes into a chat by itself; nobody wrote it.
_NOTICES = ("e2e_notification", "notification", "notification_template", "gp2", "protocol")
#: The account's token is a secret, the thumbnail a picture written as text.
_DROPPED = ("token", "message[body][thumb]")
#: Names that become fields of the item; all else is kept in ``extra``.
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


class HookReader(Reader):
    """Reads one call of the hook: a message, either way, or what became of one."""

    def read_form(self, form):
        """Read the names with brackets as they come.

        :param dict form: name → value, both text
        :return: list of IncomingMessage, DeliveryReport, Unusable; empty where the
            event tells nothing yet
        """
        form = {name: value for name, value in form.items() if name not in _DROPPED}
        event = form.get("event")
        if event == "message":
            self._read_message(form)
        elif event == "ack":
            self._read_ack(form)
        else:
            self._refuse(form, self._("waboxapp sent an event that is not documented."))
        return self.items

    def _read_message(self, form):
        uid = form.get("message[uid]", "")
        contact = form.get("contact[uid]", "")
        if not uid:
            return self._refuse(form, self._("The message has no id."))
        if not contact:
            return self._refuse(form, self._("The message does not say who wrote it."))
        echo = form.get("message[dir]") == "o"
        kind, body, files = self._read_content(form)
        # A group has no phone number: it is known by its id on this connection.
        is_group = form.get("contact[type]") == "group" or contact.endswith(GROUP_SUFFIX)
        person = not is_group and contact.lstrip("+").isdigit()
        self.items.append(
            IncomingMessage(
                channel="whatsapp",
                uid=uid,
                contact_kind="phone" if person else "whatsapp",
                contact_value=international(contact) if person else contact,
                contact_name=form.get("contact[name]", ""),
                body=body,
                date=from_timestamp(form.get("message[dtm]")),
                files=files,
                echo=echo,
                echo_key=form.get("message[cuid]", "") if echo else "",
                kind=kind,
                group=contact if is_group else "",
                extra={k: v for k, v in form.items() if k not in _MESSAGE_KEYS},
                **self._line_of(form),
            )
        )

    @staticmethod
    def _line_of(form):
        uid = form.get("uid", "")
        return {"line_external_id": uid, "line_address": international(uid)}

    def _read_content(self, form):
        """:return: (kind, body, files)"""
        kind = form.get("message[type]", "")

        def part(name):
            return form.get(f"message[body][{name}]", "")

        if kind == "chat" and part("text"):
            return "text", part("text"), ()
        if kind in _FILES and part("url"):
            return "file", part("caption"), (self._read_file(kind, part),)
        if kind == "vcard" and (part("contact") or part("vcard")):
            return "contact", self._say_card(part("contact"), part("vcard")), ()
        if kind == "location" and part("lat"):
            body = self._say_place(part("lat"), part("lng"), part("name"))
            return "location", body, ()
        if kind in _NOTICES:
            return "system", self._("Notice from WhatsApp: %(type)s", type=kind), ()
        return "unsupported", self._say_unreadable(kind), ()

    @staticmethod
    def _read_file(kind, part):
        size = part("size")
        return InboundFile(
            kind=_FILES[kind],
            # Of a document the phone writes the file's name as its caption.
            name=part("caption") if kind == "document" else "",
            mimetype=mimetype(part("mimetype")),
            url=part("url"),
            size=int(size) if size.isascii() and size.isdigit() else 0,
        )

    def _read_ack(self, form):
        """In one documented example ``uid`` looks like a message id: only ``cuid`` and
        ``muid`` say which message it is."""
        ack, key, uid = form.get("ack"), form.get("cuid", ""), form.get("muid", "")
        if ack == WABOX_PENDING:
            return
        if not ack or not (key or uid):
            reason = self._("The report does not say which message it is about.")
            self._refuse(form, reason)
            return
        self.items.append(
            DeliveryReport(
                uid=uid,
                key=key,
                state=WABOX_STATES.get(ack, ack),
                **self._line_of(form),
            )
        )
