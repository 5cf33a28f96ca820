from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import LazyTranslate

from ...tools.kept import kept
from ..connection import registry

_lt = LazyTranslate(__name__)


class KalaConnection(models.Model):
    """The buttons that open and close a connection (AD1)."""

    _inherit = "kala.connection"

    def action_connect(self):
        """Check the login at the provider, have it call our webhook, and open the connection for
        sending. Sending works without the webhook: where it cannot be registered, the page of the
        connection and a notification say why.

        :return: True, or the notification
        :raise UserError: with what is missing, or what the provider said
        """
        self.check_access("write")
        fingerprint = self.env["kala.fingerprint"]
        # Who only tries things in a copy does not mean that the copy may write to customers.
        if not fingerprint._is_known() or set(self.mapped("provider")) != {"sandbox"}:
            # First of all: in a copy that nobody has confirmed the provider is not asked.
            fingerprint._remember()
        for connection in self:
            connection._check_connectable()
            health = connection._ask_health()
            if not health["ok"]:
                raise UserError(
                    self.env._(
                        "%(provider)s did not accept the login of “%(name)s”: %(reason)s",
                        provider=connection.provider_label,
                        name=connection.name,
                        reason=connection._failure_words(health.get("reason"))
                        or self.env._("no reason was given"),
                    )
                )
            connection._apply_health(health)
        self._open()
        faults = [fault for connection in self if (fault := connection._register_or_note())]
        return self._notification(faults) if faults else True

    def _register_or_note(self):
        fault = self._register_webhook()
        if fault:
            self._message_log(body=fault)
        elif registry.does(self._provider(), "_prepare_webhook"):
            # What was wrong before is mended by it.
            self.sudo().hook_fault = False
        return fault

    @api.model
    def _notification(self, faults):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "message": "\n".join(faults),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _open(self):
        """Let messages leave from now on."""
        self._set_state("connected")
        if self.sudo().polls_news:
            # What waits at the provider is asked for at once.
            self.env.ref("kala_comm.ir_cron_poll").sudo()._trigger()
        self.env["kala.outbox"]._wake_all()

    def action_pause(self):
        """Keep outgoing messages until somebody resumes; incoming ones go on."""
        self._set_state("paused", kept(_lt("Paused by %s", self.env.user.name)))
        return True

    def action_resume(self):
        return self.action_connect()
