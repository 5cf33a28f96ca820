"""Meta's payloads as items of the core (docs/providers.md, 1.2, 1.5, 1.6, 1.8)."""

import re

from odoo.addons.kala_comm.tools.messages import (
    ConsentChange,
    DeliveryReport,
    IncomingMessage,
    from_timestamp,
)
from odoo.addons.kala_comm.tools.reader import a_dict, a_list, international, lines, plain

from ..const import (
    META_CALL_FIELD,
    META_CALLED_US,
    META_CHOICES,
    META_MESSAGE_FIELDS,
    META_OBJECT,
    META_PREFERENCE_FIELD,
    META_PREFERENCES,
    META_STATES,
    META_TEMPLATE_FIELDS,
)
from .meta_answers import failure_kind, failure_reason, failure_tries, read_size
from .meta_content import Content, ContentReader

_PHONE = re.compile(r"\+?\d+")
#: Keys of a message that become fields of the item; all else is kept in ``extra``.
_MESSAGE_KEYS = ("id", "from", "from_user_id", "to", "to_user_id", "timestamp", "text")
_STATUS_KEYS = ("id", "status", "timestamp", "biz_opaque_callback_data")


class WebhookReader(ContentReader):
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
            self._read_preferences(a_dict(change, "value"))
        elif field == META_CALL_FIELD:
            self._read_calls(a_dict(change, "value"))
        elif field in META_TEMPLATE_FIELDS:
            self._read_template_news(field, change, moment)

    def _read_template_news(self, field, change, moment):
        from . import meta_template  # which needs the errors of this file

        news = meta_template.read_update(field, a_dict(change, "value"), moment)
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
        metadata = a_dict(value, "metadata")
        line = {
            "line_external_id": plain(metadata.get("phone_number_id")),
            "line_address": international(metadata.get("display_phone_number")),
        }
        return line, a_list(value, "contacts")

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
                    reply_to=plain(a_dict(message, "context").get("id")),
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
        referral = a_dict(message, "referral")
        said = (plain(referral.get(name)).strip() for name in ("source_id", "source_url"))
        ad_id = next(filter(None, said), "")
        return {"ad_id": ad_id[:200], "ad_name": plain(referral.get("headline"))} if ad_id else {}

    @staticmethod
    def _says_nothing(message):
        kind = plain(message.get("type"))
        return kind in ("", "text") and not a_list(message, "errors")

    def _describe_circumstances(self, message):
        """:return: what a message is about and where it came from, one a line, as people read it"""
        referral, context = a_dict(message, "referral"), a_dict(message, "context")
        product = a_dict(context, "referred_product")
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
            system = a_dict(message, "system")
            number = plain(system.get("customer"))
            user_id = plain(system.get("previous_user_id") or system.get("previous_parent_user_id"))
        known = self._find_known(number, user_id, contacts)
        number = number or plain(known.get("wa_id"))
        user_id = user_id or plain(known.get("user_id"))
        if not number and not user_id:
            # It tells only what he is known by now; one of it may be as it was before.
            number, user_id = self._read_identity(a_dict(message, "system"))
        if number and not _PHONE.fullmatch(number):
            number, user_id = "", user_id or number
        profile = a_dict(known, "profile")
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
            failure = self._read_failure(a_list(status, "errors"))
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
