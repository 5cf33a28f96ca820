from datetime import timedelta

from odoo import fields, models
from odoo.tools import LazyTranslate

from ...tools.kept import kept
from ...tools.masking import mask_data
from ..connection import registry
from .kala_health import HOURS

_lt = LazyTranslate(__name__)


class KalaConnection(models.Model):
    """How a connection is doing (WA5)."""

    _name = "kala.connection"
    _inherit = ["kala.connection", "kala.health"]

    hook_fault = fields.Char(
        readonly=True, copy=False, help="Why the provider's news do not come here."
    )

    def _health_connection(self):
        return self.sudo()

    def _health_lines(self):
        return self.line_ids.sorted("is_default", reverse=True)

    def _is_refusing(self, heard):
        """:param datetime heard: when something authentic came last
        :return: whether what came since then was refused: the secret is not the provider's"""
        since = fields.Datetime.now() - timedelta(hours=HOURS)
        refused = self.refused_date
        return bool(refused and refused > since and (not heard or heard < refused))

    # ------------------------------------------------------------------ asked

    def _ask_health(self):
        """Ask the provider whether the login works; a GET, so asking twice does no harm. Where each
        number has a login of its own, the provider is asked about each (WA5).

        :return: dict of :meth:`kala.provider._read_health`; of several numbers as
            :meth:`_of_all_lines` has it
        """
        missing = self._missing_sentence()
        if missing:
            return {"ok": False, "reason": missing}
        provider = self._provider()
        asked = provider._prepare_line_healths(self.sudo())
        if len(asked) > 1:
            return self._of_all_lines(
                {line.id: self._ask_for_health(request) for line, request in asked}
            )
        request = provider._prepare_health(self.sudo())
        health = {"ok": True} if request is None else self._ask_for_health(request)
        return {**health, **self._ask_for_hook()} if health["ok"] else health

    def _ask_for_health(self, request):
        """:param SendRequest request:
        :return: dict of :meth:`kala.provider._read_health`"""
        heard = self._ask(request, self._provider()._read_health)
        return {"ok": False, "reason": heard.fault} if heard.fault else heard.told

    def _ask_for_hook(self):
        """:return: dict of :meth:`kala.provider._read_hook_look`; {} where nobody ever tells it.
        ``is_hook_told`` False: it was not told this time"""
        provider = self._provider()
        if not registry.does(provider, "_prepare_hook_look"):
            return {}
        heard = self._ask(provider._prepare_hook_look(self.sudo()), provider._read_hook_look)
        told = None if heard.fault else heard.told
        return told or {"is_hook_told": False}

    def _apply_health(self, health):
        """Keep what the provider said of the connection, of its lines, and of where its news go."""
        self._keep_balance(health.get("balance"))
        for line in health.get("lines") or ():
            self.env["kala.line"].sudo()._find_or_create(
                self,
                line.get("channel") or self._provider()._channels[0],
                external_id=line.get("external_id", ""),
                address=line.get("address", ""),
                name=line.get("name", ""),
            )
        if health.get("is_hook_told", True):
            self._note_hook(health)
        self._note_line_faults(health.get("faults") or {})

    def _note_hook(self, health):
        """Keep whether the provider's news come here, until the provider says otherwise."""
        fault = self._hook_fault(health.get("hook_url"))
        if health.get("is_subscribed") is False:
            fault = kept(
                _lt(
                    "The provider does not send the news of this account here any more: press "
                    "“Connect again” on the page “Step by step”."
                )
            )
        if fault != self.hook_fault:
            self.hook_fault = fault

    def _hook_fault(self, address):
        """:param str address: where the provider sends its news; None where it does not say
        :return: a sentence to be kept, where that is not our address. The sentence does not show
            the address, which is somebody's secret."""
        own = self.sudo().webhook_url
        # An answer is free of our secrets, and our address holds one of them.
        if address is None or address.strip() in (own, mask_data(own, self._spellings())):
            return False
        if not address.strip():
            if self.sudo().polls_news and not self._is_reachable():
                # Where nobody can call us, no address is as it should be.
                return False
            return kept(_lt("The provider has no webhook address: give it the one shown here."))
        return kept(
            _lt("The provider sends its news to another address: give it the one shown here.")
        )
