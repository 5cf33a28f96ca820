"""A thousand messages at once, and the questions that reliability asks of them (QU9, QU11)."""

import collections

from .kits.base import new_phone
from .waiting import until

#: So many records are made, or written to, in one request.
PART = 200
#: A lane sends one chunk of this many at a time.
CHUNK = 16
LANES = 4


def make_leads(kit, count):
    """:return: list of ids of new leads that may be written to from a kit's line"""
    leads = []
    for start in range(0, count, PART):
        numbers = [new_phone() for _n in range(min(PART, count - start))]
        values = [{"name": number, "phone": number} for number in numbers]
        leads += kit.odoo.call("crm.lead", "create", values)
        kit.open_window(*numbers)
    return leads


class Batch:
    """The same text to many leads.

    :ivar str text: tells the batch from others at the provider
    :ivar list ids: of the communications
    """

    def __init__(self, kit, leads, text):
        self.kit, self.text, self.ids = kit, text, []
        for start in range(0, len(leads), PART):
            self.ids += kit.odoo.call(
                "crm.lead",
                "kala_send",
                leads[start : start + PART],
                kit.channel,
                body=text,
                line=kit.line_id,
            )
        assert len(self.ids) == len(leads)

    @classmethod
    def held(cls, kit, leads, text):
        """Queue while the connection is paused, so that the sending begins with all of them."""
        kit.odoo.call("kala.connection", "action_pause", [kit.connection_id])
        batch = cls(kit, leads, text)
        kit.odoo.call("kala.connection", "action_resume", [kit.connection_id])
        return batch

    def states(self):
        """:return: Counter of the states"""
        return collections.Counter(
            self.kit.db.column("SELECT state FROM kala_communication WHERE id = ANY(%s)", self.ids)
        )

    def rows(self):
        return self.kit.db.rows(
            "SELECT id, state, provider_uid FROM kala_communication WHERE id = ANY(%s)", self.ids
        )

    def accepted(self):
        """:return: list of what the provider took"""
        return self.kit.fake.accepted_of(self.text)

    def twice(self):
        """:return: list of the recipients who got it more than once"""
        counts = collections.Counter(message.to for message in self.accepted())
        return [to for to, count in counts.items() if count > 1]

    def wait_accepted(self, count, within=120):
        until(
            lambda: len(self.accepted()) >= count,
            within,
            lambda: f"{count} to be accepted; {len(self.accepted())} are: {self.states()}",
        )

    def wait_left(self, within=180):
        """Wait until none waits or is under way any more.

        :return: Counter of the states
        """
        until(
            lambda: not set(self.states()) & {"queued", "scheduled", "sending"},
            within,
            lambda: f"the rest to leave: {self.states()}",
        )
        return self.states()

    def wait_all_sent(self, within=180):
        until(
            lambda: self.states() == {"sent": len(self.ids)},
            within,
            lambda: f"all to be sent: {self.states()}",
        )

    def end_claims(self):
        """Let the claims of a dead server run out now, as they do by themselves in a minute."""
        self.kit.db.rows(
            """UPDATE kala_communication SET claimed_until = now() AT TIME ZONE 'UTC'
                WHERE id = ANY(%s) AND claimed_until IS NOT NULL""",
            self.ids,
        )
