"""What is known of an e-mail between its headers and its line of the log."""

from typing import NamedTuple


class EmailFacts(NamedTuple):
    """What we know of an incoming e-mail beside what Odoo parsed of it. It goes along in the
    parsed message, and then in the context in which Odoo posts it, under ``kala_email``.

    :ivar int line_id: the mailbox of ours that it came to, or False
    :ivar str answers: Message-Id that it answers
    :ivar dict as_it_came: what Odoo had read of its sender, where another header says who wrote it
    :ivar bool is_automatic: a machine wrote it: an out-of-office answer or the like
    :ivar str told: the address that says who wrote it, as it stands there
    :ivar bool is_nameless: no header says who wrote it
    :ivar bool is_form: a form of a web site sent it
    :ivar contact: ContactKey of the person for whom a form wrote, or None
    :ivar str contact_name: his name
    :ivar str match_rule: which rule chose its record
    :ivar list candidates: of Match
    :ivar bool is_new: it makes a lead
    :ivar str responsible_rule: which rule chose the responsible of that lead
    :ivar tuple others_alias_ids: the aliases of others that it came to, too
    """

    line_id: object = False
    answers: str = ""
    as_it_came: dict | None = None
    is_automatic: bool = False
    told: str = ""
    is_nameless: bool = False
    is_form: bool = False
    contact: object = None
    contact_name: str = ""
    match_rule: str = ""
    candidates: object = False
    is_new: bool = False
    responsible_rule: object = False
    others_alias_ids: tuple = ()

    @classmethod
    def of(cls, message_dict):
        """:return: the facts of a parsed message; of one that is not known, empty ones"""
        return message_dict.get("kala_email") or cls()

    @classmethod
    def carried(cls, env):
        """:return: the facts that the context carries; empty ones where it carries none, or what
        somebody else made up"""
        facts = env.context.get("kala_email")
        return facts if isinstance(facts, cls) else cls()

    def decided(self, match, rule=False):
        """:param Match match: where it goes
        :param str rule: which rule chose the responsible of its new lead
        :return: EmailFacts with the decision"""
        return self._replace(
            match_rule=match.rule,
            candidates=match.candidates,
            is_new=not match.model,
            responsible_rule=rule,
        )
