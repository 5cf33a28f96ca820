from odoo import fields, models
from odoo.tools import LazyTranslate

from ...tools.kept import kept
from .health_watch import MISSES

_lt = LazyTranslate(__name__)


class KalaConnection(models.Model):
    """Where each number has a login of its own, the provider is asked about each number (WA5): one
    phone may be off while the others work."""

    _inherit = "kala.connection"

    def _of_all_lines(self, answers):
        """The connection works as long as one number works.

        :param dict answers: line id → what the provider said of the number
        :return: dict of :meth:`kala.provider._read_health`, with ``faults``: line id → what is
            wrong with the number
        """
        working = [answer for answer in answers.values() if answer["ok"]]
        if not working:
            return next(iter(answers.values()))
        hooks = [answer.get("hook_url") for answer in working]
        return {
            **working[0],
            "hook_url": next((hook for hook in hooks if self._hook_fault(hook)), hooks[0]),
            "faults": {i: a.get("reason") for i, a in answers.items() if not a["ok"]},
        }

    def _note_line_faults(self, faults):
        """:param dict faults: of :meth:`_of_all_lines`"""
        for line in self.sudo().line_ids:
            line._note_health(line.id in faults, faults.get(line.id))


class KalaLine(models.Model):
    _inherit = "kala.line"

    health_fault = fields.Char(
        readonly=True, copy=False, help="What the provider says is wrong with the number."
    )
    health_misses = fields.Integer(
        readonly=True, copy=False, help="Checks in a row at which the number did not work."
    )

    def _note_health(self, missed, reason):
        """Count the failed checks of the number. One failed check is no fault yet: it may be the
        network, or a phone that is being charged."""
        self.ensure_one()
        misses = min(self.health_misses + 1, MISSES) if missed else 0
        fault = reason or kept(_lt("no reason was given"))
        fault = fault if misses >= MISSES else False
        if (misses, fault) != (self.health_misses, self.health_fault):
            self.write({"health_misses": misses, "health_fault": fault})

    def _judge_sending(self, facts):
        answer = super()._judge_sending(facts)
        return "no" if answer and self.health_fault else answer

    def _health_steps(self):
        steps = super()._health_steps()
        if self.health_fault:
            steps.insert(
                0,
                self.env._(
                    "The provider says of this number: %s",
                    self._health_connection()._failure_words(self.health_fault),
                ),
            )
        return steps
