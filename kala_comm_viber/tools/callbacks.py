"""Viber's callbacks as items of the core (docs/providers.md, 9). No shape of one raises."""

from odoo.addons.kala_comm.tools.messages import (
    ConsentChange,
    DeliveryReport,
    InboundFile,
    IncomingMessage,
    from_timestamp,
)
from odoo.addons.kala_comm.tools.reader import Reader, a_dict, lines, plain

from .. import const

#: Callbacks that say nothing about a person.
SILENT = ("webhook", "client_status", "action")


class CallbackReader(Reader):
    """Reads one callback into ``items``.

    :param str line_external_id: the bot's id, where its line is not known yet
    """

    def __init__(self, translate, line_external_id=""):
        super().__init__(translate)
        self._line = {"line_external_id": line_external_id} if line_external_id else {}

    def read_payload(self, payload):
        """:param payload: the decoded JSON
        :return: list of IncomingMessage, DeliveryReport, ConsentChange, Unusable"""
        event = plain(payload.get("event")) if isinstance(payload, dict) else ""
        if event == "message":
            self._read_message(payload)
        elif event in const.STATES:
            self._read_report(payload, const.STATES[event])
        elif event in ("subscribed", "unsubscribed"):
            self._read_subscription(payload, event == "subscribed")
        elif event == "conversation_started":
            self._read_start(payload)
        elif event not in SILENT:
            self._refuse(payload, self._("This is no callback of Viber that is known here."))
        return self.items

    # ------------------------------------------------------------------ messages

    def _add(self, payload, person, uid, **values):
        who = plain(person.get("id"))
        if not who or not uid:
            self._refuse(payload, self._("The message does not say who wrote it, or which it is."))
            return
        self.items.append(
            IncomingMessage(
                channel=const.CHANNEL,
                uid=uid,
                contact_kind=const.CHANNEL,
                contact_value=who,
                contact_name=plain(person.get("name")).strip(),
                date=from_timestamp(payload.get("timestamp")),
                extra={name: plain(person.get(name)) for name in ("country", "language", "avatar")},
                **self._line,
                **values,
            )
        )

    def _read_message(self, payload):
        message = a_dict(payload, "message")
        kind, body, files = self._read_content(message)
        self._add(
            payload,
            a_dict(payload, "sender"),
            plain(payload.get("message_token")),
            kind=kind,
            body=body,
            files=files,
        )

    def _read_content(self, message):
        """:return: (kind, body, files)"""
        kind, text = plain(message.get("type")), plain(message.get("text"))
        media = plain(message.get("media"))
        if kind in const.FILES and media:
            size = message.get("size")
            file = InboundFile(
                kind=const.FILES[kind],
                name=plain(message.get("file_name")),
                url=media,
                size=size if isinstance(size, int) else 0,
            )
            return "file", text, (file,)
        if kind == "location":
            place = a_dict(message, "location")
            return "location", self._say_place(place.get("lat"), place.get("lon"), text), ()
        if kind == "contact":
            card = a_dict(message, "contact")
            return "contact", self._say_card(card.get("name"), card.get("phone_number")), ()
        body = lines(text, media if media != text else "")
        if body:
            return "text", body, ()
        if kind == "sticker":
            return "text", self._("A sticker"), ()
        return "unsupported", self._say_unreadable(kind), ()

    def _read_start(self, payload):
        """Somebody opened the chat; what stands in ``context`` comes from a link of ours. It is no
        subscription: one may answer him once, in the answer to this call."""
        self._add(
            payload,
            a_dict(payload, "user"),
            plain(payload.get("message_token")),
            kind="system",
            body=self._("Opened the chat."),
            invitation=plain(payload.get("context"))[:64],
        )

    # ------------------------------------------------------------------ what became of messages

    def _read_report(self, payload, state):
        token = plain(payload.get("message_token"))
        if not token:
            self._refuse(payload, self._("The report does not say which message it is about."))
            return
        failure = {}
        if state == "failed":
            words = plain(payload.get("desc"))
            failure = {"failure_kind": "rejected", "failure_reason": words or self._("no reason")}
        self.items.append(
            DeliveryReport(
                uid=token,
                state=state,
                date=from_timestamp(payload.get("timestamp")),
                **failure,
            )
        )

    def _read_subscription(self, payload, allowed):
        """CO2: who unsubscribes has opted out, by Viber's own button."""
        who = plain(a_dict(payload, "user").get("id")) or plain(payload.get("user_id"))
        if not who:
            self._refuse(payload, self._("The callback does not say who it is about."))
            return
        self.items.append(
            ConsentChange(
                key=f"{who}:{plain(payload.get('message_token'))}:{allowed}",
                channel=const.CHANNEL,
                allowed=allowed,
                contact_kind=const.CHANNEL,
                contact_value=who,
                reason=self._("subscribed") if allowed else self._("unsubscribed"),
                date=from_timestamp(payload.get("timestamp")),
                **self._line,
            )
        )
