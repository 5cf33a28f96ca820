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
    def _reserve(self, line_id, count, rate, patience):
        """Reserve slots for some messages, in a transaction of its own, so that lanes do not wait
        for each other's chunk.

        :param int count: messages
        :param float rate: messages a second
        :param float patience: seconds
        :return: seconds until the first slot; None where the line is not free within the patience
        :raise psycopg2.errors.SerializationFailure: another lane reserved at the same moment

        Index: ``kala_line_pace_line_uniq``.
        """
        with self.env.registry.cursor() as cr:
            cr.execute(
                """UPDATE kala_line_pace
                      SET next_free = greatest(next_free, clock_timestamp() AT TIME ZONE 'UTC')
                                      + %(length)s * interval '1 second'
                    WHERE line_id = %(line)s
                      AND (next_free IS NULL
                           OR next_free <= clock_timestamp() AT TIME ZONE 'UTC'
                                           + %(patience)s * interval '1 second')
                RETURNING extract(epoch FROM next_free - clock_timestamp() AT TIME ZONE 'UTC')""",
                {"line": line_id, "length": count / rate, "patience": patience},
                log_exceptions=False,
            )
            row = cr.fetchone()
        return max(float(row[0]) - count / rate, 0.0) if row else None
