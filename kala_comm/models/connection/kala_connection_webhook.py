import ipaddress
import urllib.parse

from odoo import models
from odoo.exceptions import UserError

#: Steps in which a provider takes a webhook address, at the most.
STEPS = 3
#: Ends of host names that exist on one network only.
_INNER_NAMES = (".local", ".localhost", ".internal", ".lan", ".test")


class KalaConnection(models.Model):
    """Registers our webhook address at the providers that take it by their API (AD1): nobody has to
    copy it then."""

    _inherit = "kala.connection"

    def _register_webhook(self):
        """Have the provider call our webhook address from now on.

        :return: a sentence why it does not, and what to do; "" where it does, or where the provider
            does not take the address by its API
        """
        self.ensure_one()
        fault = self._webhook_fault()
        if not fault:
            return ""
        return self.env._(
            "%(provider)s was not told where to send its news of “%(name)s”: %(reason)s",
            provider=self.provider_label,
            name=self.name,
            reason=fault,
        )

    def _webhook_fault(self):
        """:return: what kept us from registering the address; "" where nothing did"""
        provider, known = self._provider(), {}
        for step in range(STEPS):
            try:
                requests = provider._prepare_webhook(self.sudo(), step, known)
            except UserError as error:
                return str(error)
            # Who asks for news himself needs no address.
            if requests and not (self.polls_news or self._is_reachable()):
                return self.env._(
                    "the address %s is not on the Internet. Give this database a web address that "
                    "begins with https:// and that everybody can open, then connect again.",
                    self.get_base_url(),
                )
            for request in requests:
                heard = self._ask(request, provider._read_webhook)
                fault = heard.fault or heard.told["error"]
                if fault:
                    return self._failure_words(fault)
                known.update(heard.told.get("known") or {})
        return ""

    def _is_reachable(self):
        """:return: whether somebody on the Internet may call us: by https, not at a name or address
        that exists on one network only"""
        address = urllib.parse.urlsplit(self.get_base_url())
        host = address.hostname or ""
        if address.scheme != "https":
            return False
        try:
            return ipaddress.ip_address(host).is_global
        except ValueError:
            return "." in host and not host.endswith(_INNER_NAMES)
