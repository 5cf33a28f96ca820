from odoo import api, models

from ...tools import charset, const
from .mail_message import NOTHING_CARRIED
from .values import EmailFacts

#: Headers that people read.
TOLD = ("subject", "from", "reply-to", "to", "cc", "x-original-from")


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def unlink(self):
        """Only leads, orders and customers have messages that carry mails of ours."""
        context = {NOTHING_CARRIED: self._name not in const.RECORD_MODELS}
        return super(MailThread, self.with_context(**context)).unlink()

    @api.model
    def message_process(self, model, message, *args, **kwargs):
        """Try an e-mail again that met another transaction (docs/architecture.md, 3.4). Odoo's own
        fetching marks as read what failed once: it would be lost. The mail gateway's calls are
        repeated by Odoo itself."""
        if not self.env.context.get("default_fetchmail_server_id"):
            return super().message_process(model, message, *args, **kwargs)
        process = super().message_process
        # Fetching commits after each message; what that may meet belongs to the try.
        return self.env["kala.job"]._retrying(lambda: process(model, message, *args, **kwargs))

    @api.model
    def message_parse(self, message, save_original=False):
        """Read texts and headers whose encoding is unknown, named wrong or damaged, instead of
        losing them; of what is not ours, Odoo reads what it reads."""
        if self.env["kala.intake"].sudo()._reads(message):
            self._kala_mend_headers(message)
            for part in message.walk():
                if part.get_content_maintype() == "text" and not part.is_multipart():
                    self._kala_mend_text(part)
        return super().message_parse(message, save_original=save_original)

    @api.model
    def _kala_mend_headers(self, message):
        for name, value in list(message.raw_items()):
            if name.lower() in TOLD and len(message.get_all(name, [])) == 1:
                mended = charset.mended_header(str(value))
                if mended != value:
                    message.replace_header(name, mended)

    @api.model
    def _kala_mend_text(self, part):
        declared = part.get_content_charset()
        raw = part.get_payload(decode=True) or b""
        text, is_right = charset.read(raw, declared)
        if is_right and not isinstance(part.get_param("charset"), tuple):
            return
        if part.get_filename() or part.get_content_disposition() == "attachment":
            # A file stays as it is, to the last byte.
            part.set_param("charset", "iso-8859-1")
            return
        del part["Content-Transfer-Encoding"]
        part.set_payload(text, "utf-8")

    @api.model
    def message_route(self, message, message_dict, model=None, thread_id=None, custom_values=None):
        """Send an e-mail to a mailbox of ours to the order, lead or customer it belongs to (MX1);
        replies and other mailboxes go where Odoo sends them."""
        intake = self.env["kala.intake"].sudo()
        # The mailbox says what it is for, where the incoming mail server does not.
        model = model or (intake._email_line(message) and "crm.lead")
        routes = super().message_route(message, message_dict, model, thread_id, custom_values)
        if intake._passes_by(message, routes):
            user = self._mail_find_user_for_gateway(message_dict["email_from"]) or self.env.user
            routes = [*routes, ("crm.lead", False, custom_values, user.id, None)]
        others = intake._others_aliases(routes)
        theirs = [route for route in routes if route[4] and route[4] in others]
        found = [
            intake._route_email(message, message_dict, route)
            for route in routes
            if route not in theirs
        ]
        found = [route for route in found if route]
        if EmailFacts.of(message_dict).line_id:
            # Two mailboxes of ours in one message: it is on the record once, or makes one lead.
            found = list({route[:2]: route for route in reversed(found)}.values())[::-1]
        if theirs:
            facts = EmailFacts.of(message_dict)
            message_dict["kala_email"] = facts._replace(others_alias_ids=tuple(others.ids))
        return found + theirs

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        facts = message_dict.pop("kala_email", None) or EmailFacts()
        others = facts.others_alias_ids
        theirs = [route for route in routes or () if route[4] and route[4].id in others]
        ours = [route for route in routes or () if route not in theirs]
        process = super(MailThread, self.with_context(kala_email=facts))._message_route_process
        if not theirs:
            return process(message, message_dict, routes)
        # Odoo takes out of the message what it has posted.
        thread_id = process(message, dict(message_dict), ours)
        if facts.as_it_came:
            message_dict.update(facts.as_it_came)
            message_dict.update(self._message_parse_post_process(message, message_dict, theirs))
        return super()._message_route_process(message, message_dict, theirs) or thread_id

    @api.model
    def _detect_loop_sender(self, message, message_dict, routes):
        """Nobody can be answered who is not named, so it is no loop; Odoo takes all that came
        without a name for one sender's. The forms of a site are one sender's, and no loop."""
        facts = EmailFacts.of(message_dict)
        if facts.line_id and (facts.is_nameless or facts.is_form):
            return False
        return super()._detect_loop_sender(message, message_dict, routes)

    @api.model
    def _routing_handle_bounce(self, email_message, message_dict):
        result = super()._routing_handle_bounce(email_message, message_dict)
        self.env["kala.outgoing.email"].sudo()._bounced(email_message, message_dict)
        return result

    def _message_post_after_hook(self, message, msg_values):
        # The gateway posts as superuser; what a user posts by RPC did not come in, whatever he
        # calls it (LO1).
        if message.message_type == "email" and self.env.su:
            self.env["kala.intake"].sudo()._log_email(self, message)
        return super()._message_post_after_hook(message, msg_values)
