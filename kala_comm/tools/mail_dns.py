"""What the DNS says of a domain that e-mails come from (EM4): SPF (RFC 7208), DKIM (RFC 6376),
DMARC (RFC 7489). Nothing here blocks anything: it tells what receivers will look at."""

import time
from typing import NamedTuple

import dns.exception
import dns.resolver

OK, MISSING, WRONG, UNKNOWN, UNASKED = "ok", "missing", "wrong", "unknown", "unasked"
#: Seconds for one question, and for all that are asked of one domain.
PATIENCE, IN_ALL = 3, 15
#: Names under which mail services usually keep their DKIM keys: nobody can list those of a domain.
SELECTORS = (
    *("default", "google", "selector1", "selector2", "k1", "s1", "mail", "dkim", "odoo"),
    *("smtp", "mandrill", "mxvault"),
)


class Finding(NamedTuple):
    """:ivar str state: ok, missing, wrong, unknown (nobody can tell), unasked
    :ivar str why: of what is wrong: ``two`` records, ``all`` may send, ``policy`` is missing,
        ``revoked`` key
    """

    state: str
    why: str = ""


class Unasked(Exception):
    """The DNS could not be asked, or did not answer in time."""


class Questions:
    """Asks for the texts of names, within one deadline.

    :param str server: address of a name server, perhaps with a port (127.0.0.1:5300); empty: the
        system's own
    """

    def __init__(self, server=""):
        self.end = time.monotonic() + IN_ALL
        self.server = server

    def _resolver(self):
        if not self.server:
            return dns.resolver.Resolver()
        resolver = dns.resolver.Resolver(configure=False)
        host, _colon, port = self.server.partition(":")
        resolver.nameservers = [host]
        resolver.port = int(port or 53)
        return resolver

    def texts(self, name):
        """:return: list of the TXT records of a name, empty where it has none
        :raise Unasked: if nobody answered"""
        left = self.end - time.monotonic()
        if left <= 0:
            raise Unasked(name)
        try:
            resolver = self._resolver()
            answer = resolver.resolve(name, "TXT", lifetime=min(PATIENCE, left), search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError, ValueError) as error:
            raise Unasked(name) from error
        return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]


def spf(questions, domain):
    """:return: Finding: whether the domain says who may send for it"""
    try:
        records = [t for t in questions.texts(domain) if _begins(t, "v=spf1")]
    except Unasked:
        return Finding(UNASKED)
    if len(records) > 1:
        return Finding(WRONG, "two")
    if not records:
        return Finding(MISSING)
    words = records[0].lower().split()
    return Finding(WRONG, "all") if {"+all", "all"} & set(words) else Finding(OK)


def dkim(questions, domain, selector=""):
    """:param str selector: name of the key; empty: the usual ones are tried
    :return: Finding: whether there is a key that signatures are checked by"""
    for name in [selector] if selector else SELECTORS:
        try:
            records = questions.texts(f"{name}._domainkey.{domain}")
        except Unasked:
            return Finding(UNASKED)
        keys = [_tags(text).get("p") for text in records if "p=" in text.replace(" ", "")]
        if any(keys):
            return Finding(OK)
        if keys and selector:
            return Finding(WRONG, "revoked")
    return Finding(MISSING if selector else UNKNOWN)


def dmarc(questions, domain):
    """:return: Finding: whether the domain, or the one above it, says what becomes of mails that
    fail"""
    labels = domain.split(".")
    for n in range(max(1, len(labels) - 1)):
        try:
            texts = questions.texts("_dmarc." + ".".join(labels[n:]))
        except Unasked:
            return Finding(UNASKED)
        records = [text for text in texts if _begins(text, "v=dmarc1")]
        if len(records) > 1:
            return Finding(WRONG, "two")
        if records:
            policy = _tags(records[0]).get("p", "").lower()
            known = policy in ("none", "quarantine", "reject")
            return Finding(OK) if known else Finding(WRONG, "policy")
    return Finding(MISSING)


def _begins(text, mark):
    rest = text.strip().lower()
    return rest.startswith(mark) and rest[len(mark) : len(mark) + 1] in ("", " ", ";")


def _tags(text):
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): value.strip() for name, _equals, value in pairs}
