from odoo import api, fields, models


class KalaLinePace(models.Model):
    """When a line may send next (WA7). One narrow row per line, so that the lanes that take
    turns do not touch the line itself."""

    _name = "kala.line.pace"
    _description = "Pace of a Line"
    _log_access = False

    line_id = fields.Many2one("kala.line", required=True, ondelete="cascade")
    next_free = fields.Datetime()

    _line_uniq = models.UniqueIndex("(line_id)", "A line has one pace.")

    @api.model
    def _ensure(self, line):
        self.create({"line_id": line.id})

    @api.model
    def _reserve(self, cr, line_id, count, rate):
        """Reserve slots for some messages, on a cursor of its own.

        :param cr: a cursor that is committed right after
        :param int count: messages
        :param float rate: messages a second
        :return: seconds until the first slot

        Index: ``kala_line_pace__line_uniq``.
        """
        cr.execute(
            """UPDATE kala_line_pace
                  SET next_free = greatest(next_free, clock_timestamp() AT TIME ZONE 'UTC')
                                  + %s * interval '1 second'
                WHERE line_id = %s
            RETURNING extract(epoch FROM next_free - clock_timestamp() AT TIME ZONE 'UTC')""",
            [count / rate, line_id],
        )
        row = cr.fetchone()
        return max(float(row[0]) - count / rate, 0.0) if row else 0.0
