from odoo import api, models

from .kala_rule_log import SENT


class KalaRuleLog(models.Model):
    """What a rule has sent is told in the chatter of the rule's record, and of the customer who was
    written to (AU3): one short line, with a link to the rule (LO7). The customer's line does not
    name the record: who reads the customer may perhaps not read the record."""

    _inherit = "kala.rule.log"

    @api.model
    def _tell_chatter(self, recipients, messages):
        """:param list recipients: Recipients of one step, whose rows are done
        :param messages: ``kala.communication``, in the same order"""
        author = self.env.user.partner_id
        channels = dict(messages._fields["channel"]._description_selection(self.env))
        lines = [
            (place, body, (author.id, author.email_formatted), message.company_id)
            for recipient, message in zip(recipients, messages, strict=True)
            if recipient.row.state == SENT
            for body in [recipient.row._chatter_body(channels[message.channel])]
            for place in self._chatter_places(recipient, message)
        ]
        if lines:
            self.env["kala.chatter"]._write(lines)

    @api.model
    def _chatter_places(self, recipient, message):
        """:return: list of the records on which it is told"""
        places = []
        if "message_ids" in recipient.record._fields:
            places.append(recipient.record)
        customer = message.partner_id
        is_to_him = not recipient.user and not message.is_other_address
        if customer and is_to_him and customer not in places:
            places.append(customer)
        return places

    def _chatter_body(self, channel):
        """:return: Markup"""
        rule = self.rule_id
        return self.env._(
            "The rule %(rule)s has written to %(recipient)s (%(channel)s).",
            rule=rule._get_html_link(title=rule.name),
            recipient=self.recipient,
            channel=channel,
        )
