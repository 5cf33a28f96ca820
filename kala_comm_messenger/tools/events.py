"""Messenger's and Instagram's events as items of the core (docs/providers.md, 7). No shape of one
raises, and a bad part takes no neighbour along."""

from typing import NamedTuple

from odoo.addons.kala_comm.tools.messages import (
    DeliveryReport,
    InboundFile,
    IncomingMessage,
    from_timestamp,
)
from odoo.addons.kala_comm.tools.reader import Reader, a_dict, a_list, lines, plain

from .. import const


class Watermark(NamedTuple):
    """Everything that was sent to a person before a moment has reached a state.

    :ivar str state: delivered or read
    :ivar datetime until: naive UTC
    """

    channel: str
    contact: str
    state: str
    until: object


class EventReader(Reader):
    """Reads one payload into ``items`` and ``watermarks``."""

    def __init__(self, translate):
        super().__init__(translate)
        self.watermarks = []

    def read_payload(self, payload):
        """:param payload: the decoded JSON
        :return: list of IncomingMessage, DeliveryReport, Unusable"""
        channel = const.OBJECTS.get(payload.get("object")) if isinstance(payload, dict) else None
        entries = payload.get("entry") if channel else None
        if not isinstance(entries, list):
            self._refuse(payload, self._("This is no event of a page or an Instagram account."))
            return self.items
        for entry in entries:
            if isinstance(entry, dict):
                self._read_entry(channel, entry)
            else:
                self._refuse(entry, self._("A part of the event is no object."))
        return self.items

    def _read_entry(self, channel, entry):
        """What another app of the page handles is told as ``standby``."""
        line = {"line_external_id": plain(entry.get("id"))}
        for name in ("messaging", "standby"):
            parts = entry.get(name)
            for part in parts if isinstance(parts, list) else ():
                if isinstance(part, dict):
                    self._read_part(channel, part, line)
                else:
                    self._refuse(part, self._("A part of the event is no object."))

    def _read_part(self, channel, part, line):
        for name, read in (
            ("message", self._read_message),
            ("postback", self._read_postback),
            ("reaction", self._read_reaction),
            ("message_edit", self._read_edit),
            ("delivery", self._read_delivery),
            ("read", self._read_read),
            ("referral", self._read_referral),
        ):
            if name in part:
                if isinstance(part[name], dict):
                    read(channel, part, part[name], line)
                else:
                    self._refuse(part, self._("The event has no content."))
                return

    # ------------------------------------------------------------------ messages

    def _add(self, channel, part, line, uid, **values):
        echo = bool(values.get("echo"))
        who = plain(a_dict(part, "recipient" if echo else "sender").get("id"))
        if not uid or not who:
            self._refuse(part, self._("The message does not say who wrote it, or which it is."))
            return
        self.items.append(
            IncomingMessage(
                **{
                    "channel": channel,
                    "uid": uid,
                    "contact_kind": channel,
                    "contact_value": who,
                    "date": from_timestamp(part.get("timestamp")),
                    **line,
                    **values,
                }
            )
        )

    def _read_message(self, channel, part, message, line):
        echo = message.get("is_echo") is True
        if message.get("is_deleted") is True:
            target = plain(message.get("mid"))
            body = self._("Deleted a message.")
            self._add(
                channel,
                part,
                line,
                f"{target}:deleted",
                kind="revoke",
                body=body,
                target_uid=target,
                echo=echo,
            )
            return
        kind, body, files = self._read_content(message)
        self._add(
            channel,
            part,
            line,
            plain(message.get("mid")),
            kind=kind,
            body=body,
            files=files,
            echo=echo,
            echo_key=plain(message.get("metadata")) if echo else "",
            reply_to=plain(a_dict(message, "reply_to").get("mid")),
            choice=plain(a_dict(message, "quick_reply").get("payload")),
            **self._origin_of(a_dict(message, "referral") or a_dict(part, "referral")),
        )

    def _read_content(self, message):
        """:return: (kind, body, files)"""
        text = plain(message.get("text"))
        attachments = a_list(message, "attachments")
        files = tuple(_file(one) for one in attachments if _is_file(one))
        said = [text, *(self._words_of(one) for one in attachments if not _is_file(one))]
        body = lines(*said)
        if files:
            return "file", body, files
        if body:
            return "text", body, ()
        kinds = {plain(one.get("type")) for one in attachments}
        return "unsupported", self._say_unreadable(", ".join(sorted(filter(None, kinds)))), ()

    def _words_of(self, attachment):
        """:return: what people read of an attachment that is no file"""
        payload = a_dict(attachment, "payload")
        if attachment.get("type") == "location":
            place = a_dict(payload, "coordinates")
            return self._say_place(place.get("lat"), place.get("long"))
        title = plain(attachment.get("title")) or plain(payload.get("title"))
        return lines(title, payload.get("url"))

    def _read_postback(self, channel, part, postback, line):
        """A button was pressed: its label is what the contact said."""
        payload = plain(postback.get("payload"))
        who, when = plain(a_dict(part, "sender").get("id")), plain(part.get("timestamp"))
        self._add(
            channel,
            part,
            line,
            plain(postback.get("mid")) or f"{who}:{when}:postback",
            body=plain(postback.get("title")) or payload or self._("Pressed a button."),
            choice=payload,
            **self._origin_of(a_dict(postback, "referral")),
        )

    def _read_referral(self, channel, part, referral, line):
        """Somebody whom we know followed a link of ours, and wrote nothing yet."""
        who, when = plain(a_dict(part, "sender").get("id")), plain(part.get("timestamp"))
        self._add(
            channel,
            part,
            line,
            f"{who}:{when}:referral" if who else "",
            kind="system",
            body=self._("Opened the chat."),
            **self._origin_of(referral),
        )

    def _origin_of(self, referral):
        """:return: dict: the link or the advertisement that a message came from"""
        ref = plain(referral.get("ref"))
        if ref.startswith(const.INVITATION):
            return {"invitation": ref.removeprefix(const.INVITATION)}
        ad_id, ad = plain(referral.get("ad_id")), a_dict(referral, "ads_context_data")
        name = plain(ad.get("ad_title")) or ref
        if not ad_id and not ref:
            return {}
        return {
            "ad_id": (ad_id or f"ref:{ref}")[:200],
            "ad_name": name,
            "details": self._say_ad(name or ad_id),
        }

    def _read_reaction(self, channel, part, reaction, line):
        target, when = plain(reaction.get("mid")), plain(part.get("timestamp"))
        emoji = plain(reaction.get("emoji")) or plain(reaction.get("reaction"))
        is_taken = reaction.get("action") == "unreact"
        self._add(
            channel,
            part,
            line,
            f"{target}:{when}:reaction" if target else "",
            kind="reaction",
            body=self._("Removed the reaction.")
            if is_taken
            else self._("Reacted with %(emoji)s", emoji=emoji),
            target_uid=target,
        )

    def _read_edit(self, channel, part, edit, line):
        target, text = plain(edit.get("mid")), plain(edit.get("text"))
        count = plain(edit.get("num_edit")) or plain(part.get("timestamp"))
        self._add(
            channel,
            part,
            line,
            f"{target}:{count}:edit" if target else "",
            kind="edit",
            body=self._("Edited: %(text)s", text=text),
            target_uid=target,
            edited_body=text,
        )

    # ------------------------------------------------------------------ reports

    def _read_delivery(self, channel, part, delivery, line):
        mids = delivery.get("mids")
        named = [plain(mid) for mid in mids if plain(mid)] if isinstance(mids, list) else []
        for mid in named:
            self._report(mid, "delivered", delivery, line)
        if not named:
            self._mark(channel, part, "delivered", delivery)

    def _read_read(self, channel, part, read, line):
        """Messenger names a moment, Instagram a message."""
        mid = plain(read.get("mid"))
        if mid:
            self._report(mid, "read", read, line)
        else:
            self._mark(channel, part, "read", read)

    def _report(self, mid, state, said, line):
        self.items.append(
            DeliveryReport(uid=mid, state=state, date=from_timestamp(said.get("watermark")), **line)
        )

    def _mark(self, channel, part, state, said):
        who, until = plain(a_dict(part, "sender").get("id")), from_timestamp(said.get("watermark"))
        if who and until:
            self.watermarks.append(Watermark(channel, who, state, until))
        else:
            self._refuse(part, self._("The report does not say which messages it is about."))


def _is_file(attachment):
    has_url = plain(a_dict(attachment, "payload").get("url"))
    return bool(has_url) and plain(attachment.get("type")) in const.FILES


def _file(attachment):
    payload = a_dict(attachment, "payload")
    return InboundFile(
        kind=const.FILES[plain(attachment.get("type"))],
        name=plain(payload.get("title")),
        url=plain(payload.get("url")),
    )
