import time
from functools import partial

from odoo import api, models

#: Seconds between two signs that one process sends to a user, and to a company. What is left out is
#: seen all the same: an inbox asks once more some seconds after a sign.
USER_PAUSE, COMPANY_PAUSE = 1, 5
#: Keys that one sign names; where more changed, it names none: the whole list is read again.
MOST_KEYS = 100

_last_sent = {}


class KalaLive(models.AbstractModel):
    """Tells open inboxes that conversations changed (LO9). Two signs: the users whose work it is
    hear which conversations, by ids alone; everybody of the company hears that something changed,
    and nothing of what. A browser then asks with its own user's rights (LO8). One transaction sends
    each of them once."""

    _inherit = "kala.live"

    INBOX_TYPE = "kala_comm/inbox"
    LINES_TYPE = "kala_comm/lines"
    INBOX = "kala_comm/inbox"

    @api.model
    def _inbox_channels(self):
        """:return: list of the channels that the user's inbox hears"""
        user = self.env.user
        if not user or not user._is_internal():
            return []
        if not self.env["kala.communication"].has_access("read"):
            return []
        return [
            f"{self.INBOX}/user/{user.id}",
            *(f"{self.INBOX}/company/{company_id}" for company_id in user.company_ids.ids),
        ]

    @api.model
    def _tell_inbox(self, keys, company_ids):
        """Sent when the transaction ends.

        :param dict keys: user id → iterable of keys of conversations that are his work
        :param company_ids: iterable of ids
        """
        data = self.env.cr.precommit.data
        if "kala_comm.inbox" not in data:
            data["kala_comm.inbox"] = ({}, set())
            self.env.cr.precommit.add(partial(self._send_inbox, data["kala_comm.inbox"]))
        users, companies = data["kala_comm.inbox"]
        for user_id, of_user in keys.items():
            users.setdefault(user_id, set()).update(of_user)
        companies.update(company_ids)

    @api.model
    def _tell_lines(self, company_ids):
        """Open inboxes ask which lines of theirs do not work (WA5): a line went down, or works
        again. The sign names none of them."""
        for company_id in company_ids:
            self.env["bus.bus"]._sendone(f"{self.INBOX}/company/{company_id}", self.LINES_TYPE, {})

    @api.model
    def _send_inbox(self, told):
        self.env.cr.precommit.data.pop("kala_comm.inbox", None)
        users, companies = told
        signs = {
            f"{self.INBOX}/user/{user_id}": (
                USER_PAUSE,
                {"keys": sorted(keys) if len(keys) <= MOST_KEYS else []},
            )
            for user_id, keys in users.items()
        }
        signs |= {
            f"{self.INBOX}/company/{company_id}": (COMPANY_PAUSE, {"company_id": company_id})
            for company_id in companies
        }
        now, sent = time.monotonic(), []
        for channel, (pause, message) in signs.items():
            place = (self.env.cr.dbname, channel)
            if now - _last_sent.get(place, -pause) >= pause:
                self.env["bus.bus"]._sendone(channel, self.INBOX_TYPE, message)
                sent.append(place)
        # A sign of a transaction that fails was none.
        self.env.cr.postcommit.add(lambda: _last_sent.update(dict.fromkeys(sent, now)))
