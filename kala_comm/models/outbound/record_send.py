from odoo import models
from odoo.exceptions import UserError


class KalaCommunicationMixin(models.AbstractModel):
    """Writing to the contact of a record (docs/architecture.md, 4)."""

    _inherit = "kala.communication.mixin"

    def kala_send(
        self,
        channel,
        body=None,
        template=None,
        line=None,
        number=None,
        attachments=None,
        send_after=None,
        now=False,
        key=None,
        reply_to=None,
        fallback=None,
        templates=None,
        subject=None,
        to_user=None,
    ):
        """Write to the contact of each record. Nothing leaves here: the messages are queued.
        One text to several records counts as a mass message, not as typed to each of them (RE2).

        :param str channel: a code of ``tools/channels.py``; ``last`` is the one on which the
            contact last wrote; it needs a ``fallback`` (SE5)
        :param str body: the text; wins over the template's
        :param template: ``kala.template`` or its id; its line wins over ``line`` (TE3)
        :param line: ``kala.line`` or its id; default: with the setting on the user's own line,
            else the line the contact wrote to, else the channel's default line (SE4)
        :param str number: another phone than the card's, in any spelling; of e-mail another
            address. It takes the customer's consent, unless it opted out itself (SE3)
        :param attachments: ``ir.attachment`` or ids; default: the files of the template (TE5); an
            empty list: none
        :param send_after: datetime, or its text in ISO 8601; without an offset it is UTC; default:
            as soon as possible
        :param bool now: do not wait for the send window (WI3)
        :param str key: makes a repeat return the first result
        :param reply_to: ``kala.communication`` or its id that the message quotes, where it is
            of the same contact and line and the provider can
        :param str fallback: channel that is used instead where the first one cannot be, and
            once more where the provider says later that the address is wrong (SE5)
        :param templates: ``kala.template`` or ids for ``last`` and ``fallback``: the one of the
            channel that is used wins over ``template``
        :param str subject: of an e-mail; wins over the template's
        :param to_user: ``res.users`` or its id: one of us that it goes to instead of the contact,
            the responsible or somebody else (SE3)
        :return: the communications; over RPC their ids
        :raise UserError: if none of the records can be written to, with the reason; or if an
            argument is of the wrong kind, with its name
        """
        self.check_access("write")
        outbox = self.env["kala.outbox"]
        given = {
            "body": body,
            "template": template,
            "line": line,
            "number": number,
            "attachments": attachments,
            "send_after": send_after,
            "now": now,
            "key": key,
            "reply_to": reply_to,
            "fallback": fallback,
            "templates": templates,
            "subject": subject,
        }
        request = outbox._request(
            channel,
            **outbox._read_arguments(channel, given),
            to_user=self._kala_check_user(to_user),
        )
        return outbox._send_records(self, request)

    def _kala_check_user(self, user):
        """:param user: ``res.users`` or its id
        :raise UserError: if he is none of us"""
        user = self.env["kala.outbox"]._read_records("to_user", "res.users", user, single=True)
        if user and not user.sudo()._is_internal():
            raise UserError(
                self.env._("“%s” is none of our users. Type his number instead.", user.name)
            )
        return user
