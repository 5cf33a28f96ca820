from odoo import api, fields, models
from odoo.tools import sql

from ...tools import search_words

#: Lines whose words are written in one step.
CHUNK = 1000
#: What was not committed by then will not be any more; until then a number that is missing may
#: still come.
SETTLED = "1 hour"
#: Fields of a communication in which words are found (LO11).
TEXTS = ("subject", "body", "edited_body", "contact_name", "files_note", "details")


class KalaSearchText(models.Model):
    """Words of each line of the log, in narrow rows beside it: the log itself is rewritten with
    each change of a state, which a full text index would pay for each time (LO11).

    Lines that the ORM writes are here at once. What SQL writes in large numbers, and the log of a
    database in which this is new, a job takes in; the newest first (docs/architecture.md, 3.11).
    """

    _name = "kala.search.text"
    _inherit = ["kala.job"]
    _description = "Words of a Communication"
    _log_access = False

    communication_id = fields.Many2one("kala.communication", required=True, ondelete="cascade")
    date = fields.Datetime(required=True)
    is_settled = fields.Boolean(help="All lines before this one are here, too.")

    _line_uniq = models.UniqueIndex("(communication_id)", "The words of a line are kept once.")
    _place_idx = models.Index("(date DESC, communication_id DESC)")
    _settled_idx = models.Index("(communication_id) WHERE is_settled")

    def init(self):
        """A column of a type that Odoo does not know, with its index."""
        if not sql.column_exists(self.env.cr, self._table, "words"):
            self.env.cr.execute("ALTER TABLE kala_search_text ADD COLUMN words tsvector")
        self.env.cr.execute(
            """CREATE INDEX IF NOT EXISTS kala_search_text__words_idx
                   ON kala_search_text USING gin (words)"""
        )

    # ------------------------------------------------------------------ what is new

    @api.model
    def _take(self, communications):
        """Keep the words of some lines, which were just made or changed."""
        self._write_words(
            [
                (
                    line.id,
                    line.date,
                    self._words(
                        [line[name] for name in TEXTS], line.contact_kind, line.contact_value
                    ),
                )
                for line in communications.sudo()
            ]
        )

    @api.model
    def _words(self, texts, contact_kind, contact_value):
        is_number = contact_kind in ("phone", "raw")
        if contact_kind == "email":
            texts = [*texts, contact_value]
        return search_words.document(texts, contact_value or "" if is_number else "")

    @api.model
    def _write_words(self, rows):
        """:param list rows: of (communication id, naive UTC, words)
        Index: ``kala_search_text_line_uniq``.
        """
        if not rows:
            return
        self.env.cr.execute(
            """INSERT INTO kala_search_text (communication_id, date, words)
               SELECT id, date, words::tsvector
                 FROM unnest(%s::int[], %s::timestamp[], %s::text[]) AS n(id, date, words)
                   ON CONFLICT (communication_id)
                   DO UPDATE SET date = EXCLUDED.date, words = EXCLUDED.words""",
            [list(column) for column in zip(*rows, strict=True)],
        )

    # ------------------------------------------------------------------ what was there before

    @api.model
    def _is_filled(self):
        """:return: whether the words of the whole log are here, but for what is being written"""
        return not self._next_old(1)

    @api.model
    def _cron_run(self):
        """Take in what is missing, chunk after chunk, until the job's time is over. A job that is
        killed has kept what it had done, and the next one goes on from there."""
        self._run_plainly()
        while filled := self._retrying(self._fill_chunk):
            if not self.env["ir.cron"]._commit_progress(filled, remaining=1):
                return
        self._retrying(self._settle)

    @api.model
    def _fill_chunk(self):
        """:return: how many lines were taken in; 0 where none is missing"""
        ids = self._next_new(CHUNK) or self._next_old(CHUNK)
        if ids:
            self._read_words(ids)
        return len(ids)

    @api.model
    def _next_new(self, limit):
        """Lines after the settled one that are not here. Indexes: primary key of the log,
        ``kala_search_text_line_uniq``, ``kala_search_text_settled_idx``."""
        self.env.cr.execute(
            """SELECT k.id FROM kala_communication k
                WHERE k.id > COALESCE(
                          (SELECT max(communication_id) FROM kala_search_text WHERE is_settled),
                          (SELECT min(communication_id) FROM kala_search_text))
                  AND NOT EXISTS (SELECT FROM kala_search_text t WHERE t.communication_id = k.id)
                ORDER BY k.id LIMIT %s""",
            [limit],
        )
        return [row[0] for row in self.env.cr.fetchall()]

    @api.model
    def _next_old(self, limit):
        """Lines before the first one that is here: the job goes back from it. Indexes: primary key
        of the log, ``kala_search_text_line_uniq``."""
        self.env.cr.execute(
            """SELECT k.id FROM kala_communication k
                WHERE k.id < COALESCE(
                          (SELECT min(communication_id) FROM kala_search_text), 2147483647)
                ORDER BY k.id DESC LIMIT %s""",
            [limit],
        )
        return [row[0] for row in self.env.cr.fetchall()]

    @api.model
    def _read_words(self, ids):
        """Index: primary key."""
        names = ", ".join(TEXTS)
        self.env.cr.execute(
            f"""SELECT id, date, contact_kind, contact_value, {names}
                  FROM kala_communication WHERE id = ANY(%s)""",
            [ids],
        )
        self._write_words(
            [
                (line_id, date, self._words(texts, kind, value))
                for line_id, date, kind, value, *texts in self.env.cr.fetchall()
            ]
        )

    @api.model
    def _settle(self):
        """Mark up to where nothing is missing, so that it is not looked for again. Numbers of lines
        are given before they are committed: the last ones are not settled yet.

        Indexes: ``kala_search_text_settled_idx``, primary key of the log.
        """
        self.env.cr.execute(
            """WITH mark AS (
                    SELECT max(communication_id) AS id FROM kala_search_text WHERE is_settled
                ), news AS (
                    SELECT max(k.id) AS id FROM kala_communication k
                     WHERE k.id > COALESCE((SELECT id FROM mark), 0)
                       AND COALESCE(k.create_date, '-infinity')
                           < now() AT TIME ZONE 'UTC' - %s::interval
                )
                UPDATE kala_search_text t SET is_settled = t.communication_id = news.id
                  FROM news WHERE news.id IS NOT NULL
                   AND (t.communication_id = news.id OR t.is_settled)""",
            [SETTLED],
        )
