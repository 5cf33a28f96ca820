"""LO11: the text of the whole log is searched, in each of its languages, within the reader's
rights; what is new is found at once, an old log is taken in by a job."""

from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.kala_comm.models.conversation import kala_search
from odoo.addons.kala_comm.models.log import kala_search_text

from .common import DANA, NOA, OMER, KalaCommon

#: What stands in the log → what finds it, and what does not.
CASES = (
    (
        "Is my Kitchen order ready?",
        ("kitchen", "KITCHEN", "kit", "order kitchen", "kitchen ord", '"kitchen order"'),
        ("kitchens", "itchen", '"order kitchen"', "kitchen sofa", '"kitchen ord"'),
    ),
    (
        "מתי תגיע ההזמנה שלי מהמחסן?",
        ("ההזמנה", "הזמנה", "הזמנ", "מחסן", "המחסן", "תגיע הזמנה", '"תגיע ההזמנה"'),
        ("הזמנות", "שולחן", '"הזמנה תגיע"'),
    ),
    ("שָׁלוֹם לָכֶם", ("שלום", "שָׁלוֹם", "לכם"), ("שלומי",)),
    ('הדו"ח של צה״ל', ('דו"ח', "צה״ל", 'צה"ל'), ('דו"ד',)),
    (
        "Proszę o wycenę łóżka w Łodzi",
        ("prosze", "Proszę", "wycen", "lozka", "ŁÓŻKA", "lodzi", "wycenę łóżka"),
        ("wyceny", "stol"),
    ),
    ("Straße nach Köln", ("strasse", "STRASSE", "koln", "köln"), ("kol nach x",)),
    ("Ваш заказ готов", ("заказ", "ЗАКАЗ гот"), ("заказы",)),
    ("你好，订单到了", ("订单", "你好"), ("单订",)),
    (
        "Invoice INV/2026/0045, see dana.levi@example.com",
        ("INV/2026/0045", "inv/2026", "0045", "dana.levi@example.com", "dana.levi", "example.com"),
        ("INV/2025/0045", "2026/inv"),
    ),
    (
        "Call me: 050-777 88 99 or +48 512 345 678",
        ("0507778899", "050-7778899", "+972507778899", "00972507778899", "050 777", "512 345 678"),
        ("0507778890", "+49512345678"),
    ),
    ("מתי order 10045 יגיע?", ("10045 מתי", "order יגיע", "1004"), ("10046",)),
    ("100% <b>bold</b> & 'quoted' \\ :* !", ("100", "bold", "<b>bold", "quoted'"), ("strong",)),
)


class SearchCase(KalaCommon):
    def find(self, text, user=None, **arguments):
        self.env.flush_all()
        return self.env["kala.search"].with_user(user or self.colleague).find(text, **arguments)

    def hits(self, text, user=None, **arguments):
        return [hit["id"] for hit in self.find(text, user, **arguments)["hits"]]

    def names(self, text, user=None):
        return [record["name"] for record in self.find(text, user)["records"]]

    @staticmethod
    def marked(hit):
        return [part["text"] for part in hit["parts"] if part["hit"]]


@tagged("post_install", "-at_install")
class TestSearchWords(SearchCase):
    def test_lo11_words_of_each_language(self):
        lead = self.lead("Matter", phone=OMER)
        for text, found, missed in CASES:
            line = self.log(lead, body=text, contact_value=OMER)
            for words in found:
                with self.subTest(text=text, found=words):
                    result = self.find(words)
                    self.assertIn(line.id, [hit["id"] for hit in result["hits"]])
                    self.assertTrue(self.marked(result["hits"][0]))
            for words in missed:
                with self.subTest(text=text, missed=words):
                    self.assertNotIn(line.id, self.hits(words))

    def test_lo11_what_is_shown_is_plain_text_around_the_hit(self):
        lead = self.lead("Matter")
        body = f"{'many words before it ' * 30}the <b>Kitchen</b>\nis here{' and words after' * 60}"
        self.log(lead, body=body)
        [hit] = self.find("kitchen")["hits"]
        text = "".join(part["text"] for part in hit["parts"])
        self.assertEqual(self.marked(hit), ["Kitchen"])
        self.assertIn("the <b>Kitchen</b> is here", text)
        self.assertLess(len(text), 250)
        self.assertEqual(
            (hit["model"], hit["res_id"], hit["name"]), ("crm.lead", lead.id, "Matter")
        )
        self.assertEqual(hit["key"], f"c{hit['id']}")

    def test_lo11_subject_name_files_and_number_of_the_contact(self):
        lead = self.lead("Matter")
        line = self.log(
            lead,
            channel="email",
            subject="About the wardrobe",
            body="Hello",
            contact_name="Zelda Fitz",
            contact_value=NOA,
        )
        for words, mark in (("wardrobe", "wardrobe"), ("zelda", "Zelda"), ("052-234-5678", NOA)):
            with self.subTest(words):
                [hit] = self.find(words)["hits"]
                self.assertEqual(hit["id"], line.id)
                self.assertEqual(self.marked(hit), [mark])
        self.assertEqual(self.hits("5678"), [line.id], "the end of a number")
        self.assertEqual(self.hits("0522345"), [line.id], "the beginning of a number")

    def test_lo11_nothing_asked_nothing_found(self):
        self.log(self.lead("Matter"), body="text")
        for words in ("", "  ", '"', '""', "?!", None, "'", "\\", "a" * 5000):
            with self.subTest(words):
                self.assertEqual(self.find(words)["hits"], [])

    def test_lo11_the_newest_first_page_by_page(self):
        lead = self.lead("Matter")
        lines = [
            self.log(lead, body=f"sofa {n}", date=self.now - timedelta(minutes=n // 3)).id
            for n in range(12)
        ]
        expected = sorted(lines, key=lambda line: (-(lines.index(line) // 3), line), reverse=True)
        for window in (kala_search.WINDOW, 5):
            self.patch(kala_search, "WINDOW", window)
            seen, after = [], None
            for _page in range(9):
                page = self.find("sofa", after=after, limit=5)
                seen += [hit["id"] for hit in page["hits"]]
                after = page["more"]
                if not after:
                    break
            with self.subTest(window=window):
                self.assertEqual(seen, expected)

    def test_lo11_a_very_long_text(self):
        lead = self.lead("Matter")
        line = self.log(lead, body="sofa " + "x" * 15_000 + " " + "word " * 20_000)
        self.assertEqual(self.hits("sofa"), [line.id])

    # ------------------------------------------------------------------ records

    def test_lo11_records_by_name_number_and_address(self):
        dana = self.customer("Dana Levi", phone=DANA, email="dana@example.com")
        order = self.order(dana)
        lead = self.lead("Kitchen of Noa", phone=NOA, contact_name="Noa Cohen")
        lost = self.lead("Lost kitchen")
        lost.action_set_lost()
        for words, names in (
            ("dana", ["Dana Levi"]),
            ("levi dana", ["Dana Levi"]),
            ("dana@exa", ["Dana Levi"]),
            ("kitchen", ["Lost kitchen", "Kitchen of Noa"]),
            ("cohen", [lead.name]),
            (order.name.lower(), [order.name]),
            ("050-234-5678", ["Dana Levi"]),
            ("+972 50 2345678", ["Dana Levi"]),
            ("0502345", ["Dana Levi"]),
            ("nobody", []),
        ):
            with self.subTest(words):
                self.assertEqual(self.names(words), names)


@tagged("post_install", "-at_install")
class TestSearchRights(SearchCase):
    """LO8: who may not read a record finds neither it nor its lines, and counts nothing."""

    def test_lo8_each_reader_finds_his_own(self):
        lead = {
            "mine": self.lead("Sofa of mine", phone=DANA, user_id=self.salesman.id),
            "theirs": self.lead("Sofa of theirs", phone=NOA, user_id=self.colleague.id),
        }
        lines = {name: self.log(record, body="a sofa").id for name, record in lead.items()}
        unattached = self.log(lead["mine"], body="a sofa")
        unattached.write({"res_model": False, "res_id": False, "lead_id": False})
        elsewhere = self.env["crm.lead"].create(
            {"name": "Sofa elsewhere", "company_id": self.other_company.id}
        )
        lines["elsewhere"] = self.log(elsewhere, body="a sofa", company_id=self.other_company.id).id
        lines["none"] = unattached.id
        for user, expected in (
            (self.salesman, {"mine"}),
            (self.colleague, {"mine", "theirs"}),
            (self.manager, {"mine", "theirs", "none"}),
            (self.stranger, {"elsewhere"}),
        ):
            for way, asked in (("frequent", 30_000), ("rare", 30_000), ("own", 1)):
                self.patch(kala_search, "WINDOW", 0 if way != "frequent" else 20_000)
                self.patch(kala_search, "MOST_ASKED", asked)
                with self.subTest(user=user.name, way=way):
                    page = self.find("sofa", user)
                    found = {hit["id"] for hit in page["hits"]}
                    self.assertEqual(found, {lines[name] for name in expected})
                    self.assertFalse(page["more"])
                    names = {f"Sofa of {n}" for n in expected if n in lead}
                    names |= {"Sofa elsewhere"} & {f"Sofa {n}" for n in expected}
                    self.assertEqual({r["name"] for r in page["records"]}, names)

    def test_lo8_nobody_else_searches(self):
        portal = self._make_user("portal", "base.group_portal")
        for user in (self.clerk, portal, self.env.ref("base.public_user")):
            with self.subTest(user.name), self.assertRaises(AccessError):
                self.find("sofa", user)

    def test_lo8_companies_of_a_shared_customer(self):
        """The same customer, written to by two companies; one reads both of them."""
        dana = self.customer("Dana", phone=DANA, company_id=False)
        ours = self.log(dana, body="a sofa of ours").id
        theirs = self.log(dana, body="a sofa of theirs", company_id=self.other_company.id).id
        self.colleague.company_ids |= self.other_company
        self.assertEqual(self.hits("sofa", self.stranger), [theirs])
        search = self.env["kala.search"].with_user(self.colleague)
        for companies, expected in (
            (self.company, {ours}),
            (self.other_company, {theirs}),
            (self.company | self.other_company, {ours, theirs}),
        ):
            chosen = search.with_context(allowed_company_ids=companies.ids)
            found = {hit["id"] for hit in chosen.find("sofa")["hits"]}
            self.assertEqual(found, expected)

    def test_lo8_pages_say_nothing_of_others(self):
        """There is more only where there is more for the reader."""
        mine = self.lead("Mine", user_id=self.salesman.id)
        theirs = self.lead("Theirs", user_id=self.colleague.id)
        for record in (theirs, mine, theirs, mine, theirs):
            self.log(record, body="a sofa")
        page = self.find("sofa", self.salesman, limit=2)
        self.assertEqual(len(page["hits"]), 2)
        self.assertFalse(page["more"])
        self.assertNotIn("Theirs", str(page))


@tagged("post_install", "-at_install")
class TestSearchFilled(SearchCase):
    """docs/architecture.md, 3.11: the words of a living database are taken in by a job."""

    def _forget(self):
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM kala_search_text")

    def _known(self):
        self.env.cr.execute("SELECT communication_id FROM kala_search_text")
        return {row[0] for row in self.env.cr.fetchall()}

    def _make_log(self, count):
        lead = self.lead("Matter")
        return [
            self.log(lead, body=f"sofa {n}", date=self.now - timedelta(days=count - n)).id
            for n in range(count)
        ]

    def test_lo11_an_old_log_is_taken_in_from_its_newest_line(self):
        lines = self._make_log(7)
        self._forget()
        page = self.find("sofa")
        self.assertEqual(page["hits"], [])
        self.assertTrue(page["since"])
        self.patch(kala_search_text, "CHUNK", 3)
        self.env["kala.search.text"]._fill_chunk()
        page = self.find("sofa")
        self.assertEqual([hit["id"] for hit in page["hits"]], lines[:-4:-1])
        self.assertEqual(page["since"], page["hits"][-1]["date"])
        with self.job() as env:
            env["kala.search.text"]._cron_run()
        page = self.find("sofa")
        self.assertEqual([hit["id"] for hit in page["hits"]], lines[::-1])
        self.assertFalse(page["since"])

    def test_lo11_a_job_that_is_killed_goes_on(self):
        """What a chunk has written stays; what it had not ended is done by the next run, once."""
        lines = self._make_log(7)
        self._forget()
        self.patch(kala_search_text, "CHUNK", 2)
        texts = self.env["kala.search.text"]
        done = []

        def dies(model, rows):
            if len(done) == 2:
                raise SystemExit("killed")
            done.append(rows)
            return write(model, rows)

        write = type(texts)._write_words
        self.patch(type(texts), "_write_words", dies)
        with self.job() as env:
            # Odoo's assertRaises would take back what was committed.
            try:
                env["kala.search.text"]._cron_run()
            except SystemExit as end:
                self.assertEqual(str(end), "killed")
        self.patch(type(texts), "_write_words", write)
        self.assertEqual(self._known() & set(lines), set(lines[-4:]))
        with self.job() as env:
            env["kala.search.text"]._cron_run()
        self.assertLessEqual(set(lines), self._known())
        self.assertEqual(self.hits("sofa"), lines[::-1])

    def test_lo11_what_sql_wrote_is_taken_in(self):
        """A mass send writes its messages by SQL; others may come while it does."""
        lines = self._make_log(3)
        with self.job() as env:
            env["kala.search.text"]._cron_run()
        self.env.cr.execute(
            """INSERT INTO kala_communication (company_id, channel, direction, state, date, body,
                                               res_model, res_id, lead_id, recency_pending)
               SELECT company_id, channel, direction, state, date, 'a sofa by SQL',
                      res_model, res_id, lead_id, FALSE
                 FROM kala_communication WHERE id = ANY(%s) RETURNING id""",
            [lines[:2]],
        )
        by_sql = {row[0] for row in self.env.cr.fetchall()}
        later = self.log(self.env["crm.lead"].search([], limit=1), body="a later sofa")
        self.assertFalse(by_sql & self._known())
        for _run in range(2):
            with self.job() as env:
                env["kala.search.text"]._cron_run()
            self.assertEqual(len(set(self.hits("sofa")) & {*by_sql, *lines, later.id}), 6)

    def test_lo11_what_is_changed_or_deleted(self):
        line = self.log(self.lead("Matter"), body="a sofa", direction="in")
        line.write({"edited_body": "an armchair"})
        self.assertEqual(self.hits("armchair"), [line.id])
        self.assertEqual(self.hits("sofa"), [line.id], "the old text stays visible (WA1)")
        line.write({"body": "a table"})
        self.assertEqual(self.hits("sofa"), [])
        line.unlink()
        self.assertEqual(self.hits("table"), [])
        self.assertNotIn(line.id, self._known())

    def test_qu15_names_are_found_by_their_letters(self):
        """QU15, LO11: no name of a customer is read that has not the letters of the word."""
        if not self.env.registry.has_trigram:
            self.skipTest("PostgreSQL has no pg_trgm here.")
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        for column in ("complete_name", "email"):
            self.env.cr.execute(
                f"EXPLAIN SELECT id FROM res_partner WHERE {column} ILIKE %s", ["%pergola%"]
            )
            plan = "\n".join(row[0] for row in self.env.cr.fetchall())
            self.assertIn(f"res_partner_kala_{column}_idx", plan)

    def test_qu15_a_reader_of_few_lines(self):
        """QU15, LO8: who reads few lines has all of them looked through, whatever the word is; he
        finds what he finds in the other ways, page by page."""
        own = self.lead("Own", user_id=self.salesman.id)
        for n in range(6):
            self.log(own, body=f"a sofa {n}")
            self.log(self.lead("Hidden", user_id=self.manager.id), body=f"a sofa {n}")
        find = self.env["kala.search"].with_user(self.salesman).find
        ways = []
        for few in (500, 5, -1):
            self.patch(kala_search, "MOST_OWN", few)
            first = find("sofa", limit=4)
            second = find("sofa", after=first["more"], limit=4)
            ways.append([hit["id"] for hit in first["hits"] + second["hits"]])
        self.assertEqual(ways[0], ways[1])
        self.assertEqual(ways[0], ways[2])
        self.assertEqual(len(set(ways[0])), 6)

    def test_lo11_costs_the_same_however_much_is_found(self):
        """The number of queries grows with nothing that is found."""

        def cost(word):
            # What Odoo keeps of rules and groups is read once.
            for _time in range(2):
                self.find(word)
                self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.find(word)
            return self.env.cr.sql_log_count - before

        costs = []
        for n in (1, 15):
            for _n in range(n):
                self.log(self.lead("A sofa"), body="a sofa")
            costs.append(cost("sofa"))
        self.assertEqual(*costs)
        self.assertLessEqual(max(costs), 12)
