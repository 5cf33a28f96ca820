import phonenumbers

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Datetime, Domain
from odoo.tools import SQL

from ...tools import const, search_words
from ...tools.phone import phone_keys

#: Hits of one page, and the most that somebody may ask for.
PAGE, LONGEST_PAGE = 20, 80
#: The newest lines, which are looked through first: a frequent word is found in them at once.
WINDOW = 20_000
#: Of the newest lines with the words so many, of which less than one in a hundred is the reader's
#: to read: he reads few lines, and they are looked through.
MANY, FEW = 200, 100
#: So many older lines with the words are asked for their records, before his own are looked at.
MOST_ASKED = 20_000
#: Lines of a reader that are looked through at once, whatever the words are: he reads no more.
MOST_OWN = 500
#: Where the names of records stand.
NAMES = {
    "crm.lead": ("name", "contact_name", "partner_name", "email_from"),
    "sale.order": ("name",),
    "res.partner": ("complete_name", "email"),
}
#: Letters that some word of a name must have, and digits of a number that only begins.
SHORTEST, FIRST_DIGITS = 3, 5
#: Records of each kind that are shown; of a number, that are asked for.
MOST_RECORDS, MOST_NUMBERED = 5, 100
LINES = "kala_communication"

#: The newest lines. Index: ``kala_search_text_place_idx``.
_NEWEST = """
    SELECT n.communication_id, n.date
      FROM (SELECT communication_id, date, words FROM kala_search_text
             WHERE (date, communication_id) < (%(date)s, %(id)s)
             ORDER BY date DESC, communication_id DESC LIMIT %(window)s) n
     WHERE n.words @@ %(query)s::tsquery
     ORDER BY n.date DESC, n.communication_id DESC
"""
#: Lines with the words, of all times. Index: ``kala_search_text__words_idx``.
_FOUND = """
    SELECT f.communication_id, f.date
      FROM (SELECT communication_id, date FROM kala_search_text
             WHERE words @@ %(query)s::tsquery OFFSET 0) f
     WHERE (f.date, f.communication_id) < (%(date)s, %(id)s)
     ORDER BY f.date DESC, f.communication_id DESC LIMIT %(asked)s
"""
#: Of some lines, the newest first, those whose record is the reader's to read: each is asked for
#: by itself (``OFFSET 0``), so that nobody's rights are looked up for a million records.
#: Index: primary keys of the log and of the records.
_READABLE = """
    WITH line AS MATERIALIZED ({lines})
    SELECT (SELECT count(*) FROM line), p.id, p.date
      FROM (SELECT) one
      LEFT JOIN (
           SELECT c.id, l.date
             FROM (SELECT * FROM line ORDER BY date DESC, communication_id DESC) l
             JOIN LATERAL (
                  SELECT kala_communication.id FROM %(tables)s
                   WHERE kala_communication.id = l.communication_id
                     AND (%(companies)s) AND (%(readable)s)
                  OFFSET 0) c ON TRUE
            LIMIT %(limit)s) p ON TRUE
     ORDER BY p.date DESC, p.id DESC
"""
#: All lines that the reader may read, beginning with his records. Indexes: those of the records, by
#: their responsible; ``kala_communication_lead_idx``, ``kala_communication_order_idx``,
#: ``kala_communication_partner_idx``, ``kala_search_text_line_uniq``.
_OWN = """
    WITH own AS MATERIALIZED (%(own)s)
    SELECT (SELECT count(*) FROM own), p.communication_id, p.date
      FROM (SELECT) one
      LEFT JOIN (
           SELECT t.communication_id, t.date
             FROM own
             JOIN LATERAL (
                  SELECT communication_id, date FROM kala_search_text
                   WHERE communication_id = own.id AND words @@ %(query)s::tsquery
                     AND (date, communication_id) < (%(date)s, %(id)s)
                   OFFSET 0) t ON TRUE
            ORDER BY t.date DESC, t.communication_id DESC LIMIT %(limit)s) p ON TRUE
     ORDER BY p.date DESC, p.communication_id DESC
"""
#: What a hit shows of its line. Index: primary key.
_SHOWN = """
    SELECT id, date, res_model, res_id, channel, direction, subject, contact_name,
           COALESCE(edited_body, body), body, files_note, details, contact_value
      FROM kala_communication WHERE id = ANY(%(ids)s)
     ORDER BY date DESC, id DESC
"""


class KalaSearch(models.AbstractModel):
    """Searches the text of the whole log (LO11), within the reader's rights: what he may not read
    is neither found nor counted (LO8)."""

    _name = "kala.search"
    _description = "Search in Conversations"

    @api.model
    @api.readonly
    def find(self, text, after=None, limit=PAGE):
        """Find lines of the log, and records by name and number (LO11).

        :param str text: words in any order and any language, the beginning of a word is enough;
            ``"words in this order"``; or a number in any spelling
        :param list after: ``more`` of the page before; default: the newest
        :param int limit: lines of the page
        :return: dict: ``hits`` (the newest first; dicts ``id`` and ``key`` of the line, ``model``,
            ``res_id`` and ``name`` of its record, ``parts`` (of plain text, dicts ``text`` and
            ``hit``), ``date`` (UTC), ``channel``, ``channel_label``, ``side``), ``records`` (of the
            first page; dicts ``model``, ``id``, ``name``, ``status``), ``more`` (the place of the
            last hit, where there are more, else False), ``since`` (UTC: older lines cannot be found
            yet; False: all can)
        :raise AccessError: if the user does not read communications
        """
        self.env["kala.communication"].check_access("read")
        if not self.env.user._is_internal():
            raise AccessError(self.env._("Only users of the company search in conversations."))
        limit = max(1, min(int(limit), LONGEST_PAGE))
        question = self._question(text)
        found = self._places(question, after, limit + 1) if question.query else []
        page = found[:limit]
        last = page[-1] if len(found) > limit else None
        return {
            "hits": self._hits(question, [line_id for line_id, _date in page]),
            "records": [] if after else self._records(question),
            "more": last and [last[1].isoformat(" "), last[0]],
            "since": self._since(),
        }

    @api.model
    def _question(self, text):
        """A number may stand in a text with its country; one of our own country without it, too."""
        text = str(text or "").strip()
        keys = phone_keys(text[:50], self.env.company._kala_region()) if text else []
        numbers = {key.value for key in keys if key.kind == "phone"}
        ours = {number for number in numbers if number.startswith(f"+{self._country_code()}")}
        written = {*(number[1:] for number in numbers), *map(search_words.national, ours)}
        return search_words.Question(text, written)

    @api.model
    def _country_code(self):
        """:return: what is dialled before a number of our country, 0 where it is not known"""
        return phonenumbers.country_code_for_region(self.env.company._kala_region() or "ZZ")

    @api.model
    def _since(self):
        """:return: UTC of the oldest line that can be found, while there are older ones"""
        texts = self.env["kala.search.text"]
        if texts._is_filled():
            return False
        self.env.cr.execute("SELECT min(date) FROM kala_search_text")
        return Datetime.to_string(self.env.cr.fetchone()[0] or Datetime.now())

    # ------------------------------------------------------------------ lines

    @api.model
    def _places(self, question, after, limit):
        """Three ways: frequent words stand in the newest lines; of rare ones all lines are found;
        of many lines with the words, those of a reader of few are found beginning with his records;
        who reads very few of them has that at once, whatever the words are.

        :return: list of (communication id, naive UTC), the newest first
        """
        date, line_id = after or ("infinity", 0)
        values = {
            "query": question.query,
            "date": str(date),
            "id": int(line_id),
            "limit": limit,
            "window": WINDOW,
            "asked": MOST_ASKED,
        }
        self.env["kala.communication"].flush_model()
        count, places = self._readable_of(_NEWEST, values)
        if len(places) == limit:
            return places
        own, places_of_few = self._own(values, MOST_OWN)
        if own <= MOST_OWN:
            return places_of_few
        if count < MANY or len(places) * FEW >= count:
            count, places = self._readable_of(_FOUND, values)
            if len(places) == limit or count < MOST_ASKED:
                return places
        return self._own(values)[1]

    @api.model
    def _readable_of(self, lines, values):
        """:return: count of the lines, and list of (communication id, naive UTC) of those of them
        that the reader may read"""
        rows = self.env.execute_query(
            SQL(_READABLE.format(lines=lines), **values, **self._readable_parts())
        )
        return rows[0][0], [row[1:] for row in rows if row[1]]

    @api.model
    def _readable_parts(self):
        """:return: dict ``tables``, ``companies`` and ``readable``, SQL: which rows of
        ``kala_communication`` are the reader's to read: of his companies, those attached to a
        record that he may read; a manager's those that are attached to none, too (LO8)"""
        lines = self.env["kala.communication"]
        rules = lines.sudo()._search(self.env["ir.rule"]._compute_domain(lines._name, "read"))
        attached = [
            SQL(
                "kala_communication.res_model = %s AND EXISTS (SELECT FROM %s WHERE %s OFFSET 0)",
                model,
                query.from_clause,
                query.where_clause,
            )
            for model, query in self._queries()
        ]
        if self._sees_unattached():
            attached.append(SQL("kala_communication.res_model IS NULL"))
        return {
            "tables": rules.from_clause,
            "companies": rules.where_clause or SQL("TRUE"),
            "readable": SQL(" OR ").join(SQL("(%s)", part) for part in attached or [SQL("FALSE")]),
        }

    @api.model
    def _sees_unattached(self):
        return self.env.user.has_group("kala_comm.group_manager")

    @api.model
    def _queries(self):
        """:return: list of (model, Query): of the records that the reader may read, the one of a
        row of ``kala_communication``"""
        found = []
        for model, field in const.RECORD_FIELDS.items():
            if not self.env[model].has_access("read"):
                continue
            query = self.env[model].with_context(active_test=False)._search([])
            record, line = SQL.identifier(query.table, "id"), SQL.identifier(LINES, field)
            query.add_where(SQL("%s = %s", record, line))
            found.append((model, query))
        return found

    @api.model
    def _own(self, values, most=None):
        """:param int most: lines of the reader that are looked through, and one more
        :return: count of these lines, and list of (communication id, naive UTC) of those of them
        that have the words"""
        own = self._own_lines()
        if not own:
            return 0, []
        if most is not None:
            own = SQL("SELECT id FROM (%s) o LIMIT %s", own, most + 1)
        rows = self.env.execute_query(SQL(_OWN, **values, own=own))
        return rows[0][0], [row[1:] for row in rows if row[1]]

    @api.model
    def _own_lines(self):
        """:return: SQL of the ids of all lines that the reader may read; None: he reads none"""
        parts = self._readable_parts()
        own = [
            SQL(
                """SELECT kala_communication.id FROM %s, %s
                    WHERE kala_communication.res_model = %s AND %s AND (%s)""",
                parts["tables"],
                query.from_clause,
                model,
                query.where_clause,
                parts["companies"],
            )
            for model, query in self._queries()
        ]
        if self._sees_unattached():
            own.append(
                SQL(
                    """SELECT kala_communication.id FROM %s
                        WHERE kala_communication.res_model IS NULL AND (%s)""",
                    parts["tables"],
                    parts["companies"],
                )
            )
        return SQL(" UNION ALL ").join(own) if own else None

    @api.model
    def _hits(self, question, ids):
        """:return: list of dicts, the newest first"""
        if not ids:
            return []
        rows = self.env.execute_query(SQL(_SHOWN, ids=ids))
        names = {
            (row["model"], row["id"]): row["name"]
            for row in self.env["kala.conversation"]._readable({row[2:4] for row in rows if row[2]})
        }
        labels = dict(
            self.env["kala.communication"]._fields["channel"]._description_selection(self.env)
        )
        return [
            {
                "id": line_id,
                "key": f"c{line_id}",
                "model": model or False,
                "res_id": res_id or False,
                "name": names.get((model, res_id), ""),
                "parts": self._shown_parts(question, texts),
                "date": Datetime.to_string(date),
                "channel": channel,
                "channel_label": labels[channel],
                "side": side,
            }
            for line_id, date, model, res_id, channel, side, *texts in rows
            if not model or (model, res_id) in names
        ]

    @api.model
    def _shown_parts(self, question, texts):
        """:param list texts: subject, name, text as it is now, as it was, files, details, address
        :return: list of dicts of the text, with what else was found before it"""
        subject, name, text, old, files, details, address = texts
        shown = " – ".join(filter(None, (subject, text or files or details)))
        parts = question.marked(shown)
        if any(part["hit"] for part in parts):
            return parts
        for other in (name, address, files, details, old):
            found = question.marked(other)
            if any(part["hit"] for part in found):
                return [*found, {"text": f" – {shown}"[:160], "hit": False}] if shown else found
        return parts

    # ------------------------------------------------------------------ records

    @api.model
    def _records(self, question):
        """:return: list of dicts of records with that name, number or e-mail, of each kind the
        newest; what each person may read"""
        places = self._numbered(question) if question.digits else set()
        words = question.words()
        if any(len(word) >= (SHORTEST if word.isascii() else 2) for word in words):
            for model, names in NAMES.items():
                if self.env[model].has_access("read"):
                    places |= {(model, record_id) for record_id in self._named(model, names, words)}
        order = list(NAMES)
        found = self.env["kala.conversation"]._readable(places)
        found.sort(key=lambda row: (order.index(row["model"]), -row["id"]))
        return found[: 3 * MOST_RECORDS]

    @api.model
    def _named(self, model, names, words):
        """Indexes: of leads and orders Odoo's own, such as ``crm_lead__name_index``; of customers
        ``res_partner_kala_complete_name_idx``, ``res_partner_kala_email_idx``.

        :return: ids of records in whose names all the words are
        """
        domain = Domain.AND(
            Domain.OR(Domain(name, "ilike", word) for name in names) for word in words
        )
        records = self.env[model].with_context(active_test=False)
        return records._search(domain, order="id DESC", limit=MOST_RECORDS)

    @api.model
    def _numbered(self, question):
        """:return: set of (model, id) of records whose number begins so, in whatever spelling.
        Index: ``kala_contact_point_key_uniq``."""
        starts = {question.digits.lstrip("0"), *question.starts}
        begins = {
            f"{prefix}{start}"
            for start in starts
            for prefix in ("", self._country_code() or "")
            if len(start) >= FIRST_DIGITS and start.isdecimal()
        }
        if not begins:
            return set()
        rows = self.env.execute_query(
            SQL(
                """SELECT p.res_model, p.res_id
                     FROM unnest(%s::text[], %s::text[]) AS b(first, after)
                     JOIN LATERAL (
                          SELECT res_model, res_id FROM kala_contact_point
                           WHERE kind = 'phone' AND value >= b.first AND value < b.after
                           LIMIT %s) p ON TRUE""",
                [f"+{start}" for start in begins],
                [f"+{int(start) + 1}" for start in begins],
                MOST_NUMBERED,
            )
        )
        return set(rows)
