from odoo import models

from ..tools.segments import count_segments


class KalaMassSend(models.Model):
    _inherit = "kala.mass.send"

    def _counts_of(self, rows, skips):
        """What it costs: a long text is several messages (BR2, SM3)."""
        counts = super()._counts_of(rows, skips)
        texts = [row["body"] for row in rows if row["channel"] == "sms"]
        if texts:
            counts["segments"] = sum(count_segments(text).count for text in texts)
        return counts

    def _check_lines(self, counts):
        lines = super()._check_lines(counts)
        if counts.get("segments"):
            words = self.env._("It costs %s SMS messages.", counts["segments"])
            lines.insert(1, self._check_line("cost", words))
        return lines
