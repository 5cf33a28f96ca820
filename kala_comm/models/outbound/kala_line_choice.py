from odoo import api, models

from ...tools import const


class KalaLine(models.Model):
    """Which line a message leaves from (SE4), and when (WI1)."""

    _inherit = "kala.line"

    def _window_changed(self):
        self.env["kala.send.window"]._look_again(self)

    @api.model
    def _usable_domain(self, company, channel):
        return [
            ("company_id", "=", company.id),
            ("channel", "=", channel),
            ("connection_id.state", "!=", "draft"),
        ]

    @api.model
    def _choose(self, company, channel, user, contact=None):
        """Choose the line that a person sends from (SE4): with the setting on his own, else
        where the contact wrote to, else the default.

        :param contact: ContactKey of the recipient, or None
        :return: ``kala.line``, empty where the channel has none that the user may use
        """
        return self._choose_all(channel, user, [(company, contact)], by_hand=True)[0]

    @api.model
    def _choose_all(self, channel, user, wanted, connection=None, by_hand=False):
        """Choose the lines of many recipients at once.

        :param list wanted: of (company, ContactKey of the recipient or None)
        :param connection: the only one whose lines will do, if any
        :param bool by_hand: whether a person writes: automations and mass sends have no line
            of their own
        :return: list of ``kala.line``, in the same order; see :meth:`_choose`
        """
        usable = {
            company: self.sudo()
            .search(self._usable_domain(company, channel))
            .filtered(lambda line: line._may_send(user) and line._can_send())
            .filtered(lambda line: not connection or line.connection_id == connection)
            for company in {company for company, _contact in wanted}
        }
        last = self.env["kala.communication"]._last_lines(
            channel, {(company.id, *contact) for company, contact in wanted if contact}
        )
        own = {
            company: lines._own_of(user)
            if by_hand and company.sudo().kala_send_from_own_number
            else self.browse()
            for company, lines in usable.items()
        }
        chosen = []
        for company, contact in wanted:
            lines = usable[company]
            # An id that exists on one connection only cannot be written to from another.
            is_tied = contact and contact.kind not in const.FIELD_CONTACT_KINDS
            mine = self.browse() if is_tied else own[company]
            written_to = self.browse(contact and last.get((company.id, *contact)))
            chosen.append(
                mine or written_to & lines or lines.filtered("is_default")[:1] or lines[:1]
            )
        return chosen

    def _own_of(self, user):
        """Of some lines of one company and channel, the user's own (SE4): the one that he has
        chosen in his preferences, else the first that he alone may send from.

        :return: ``kala.line``, perhaps empty
        """
        chosen = self & user.sudo().kala_own_line_ids
        return chosen[:1] or self.filtered(lambda line: line.user_ids == user)[:1]
