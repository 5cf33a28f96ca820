"""LO9: the Inbox: who waits, the conversation, and the record beside it."""

from odoo.tests import tagged

from .common import DANA, NOA, OMER, UNKNOWN
from .tour_common import LAPTOP, PHONE, SCREENS, TourCommon

RINA = "+972502345699"


@tagged("post_install", "-at_install")
class TestInboxPage(TourCommon):
    PATH = "/odoo/communication-inbox"

    def setUp(self):
        super().setUp()
        self.env["mail.activity"].search([]).unlink()

    def wait(self):
        """Four customers wait for the manager, Dana the longest."""
        mine = {"user_id": self.manager.id}
        noa = self.customer("Noa Mizrahi", phone=NOA)
        omer = self.customer("Omer Katz", phone=OMER)
        rina = self.customer("Rina Cohen", phone=RINA)
        self.garden = self.lead("Garden", partner_id=noa.id, **mine)
        self.roof = self.lead("Roof", partner_id=omer.id, **mine)
        self.bathroom = self.lead("Bathroom", partner_id=rina.id, **mine)
        for name, sender in (("Dana", DANA), ("Noa", NOA), ("Omer", OMER), ("Rina", RINA)):
            self.incoming(sender=sender, text=f"Ask of {name}")

    def answers(self, lead):
        """:return: the texts that were sent to the contact of a lead"""
        domain = [("lead_id", "=", lead.id), ("direction", "=", "out")]
        return self.env["kala.communication"].search(domain).mapped("body")

    def test_lo9_keys(self):
        """LO9: J, K, R, Ctrl+Enter, E, S, G, A: a queue is worked off without a pointer, and the
        place in it is not lost."""
        self.wait()
        self.tour(self.PATH, "kala_comm_inbox_keys")
        self.assertEqual(self.answers(self.kitchen), ["Yes, jealous seagulx!"])
        self.assertFalse(self.kitchen.activity_ids, "answered is done")
        self.assertFalse(self.garden.activity_ids, "E is done")
        self.assertFalse(self.answers(self.garden))
        self.assertTrue(self.roof.activity_ids, "put off is not done")
        self.assertEqual(self.bathroom.activity_ids.user_id, self.colleague)

    def test_lo9_several(self):
        """LO9, TA5: tasks that are nobody's are given to somebody, all at once."""
        tasks = self.incoming(
            {"sender": UNKNOWN, "text": "First"}, {"sender": NOA, "text": "Second"}
        ).activity_id
        self.assertFalse(tasks.user_id)
        self.tour(self.PATH, "kala_comm_inbox_several")
        self.assertEqual(tasks.mapped("user_id"), self.salesman)

    def test_lo9_old_link(self):
        """LO9, TA4: a bookmark of the page "To do" opens the Inbox."""
        tasks = self.incoming(
            {"sender": UNKNOWN, "text": "First"}, {"sender": NOA, "text": "Second"}
        ).activity_id
        self.tour("/odoo/communication-todo", "kala_comm_inbox_several")
        self.assertEqual(tasks.mapped("user_id"), self.salesman)

    def test_lo9_answer_on_every_screen(self):
        """LO9: choose and answer, on a laptop and a telephone, in English and in Hebrew."""
        for size, lang in SCREENS:
            with self.subTest(size=size, lang=lang):
                self.env["crm.lead"].search([("id", "!=", self.kitchen.id)]).unlink()
                self.wait()
                self.tour(self.PATH, "kala_comm_inbox_anywhere", size, lang)
                self.assertEqual(self.answers(self.garden), ["Yes, Noa."])

    def test_lo9_phone(self):
        """LO9: on a telephone: list, conversation, back; a finger that rests selects."""
        self.wait()
        self.tour(self.PATH, "kala_comm_inbox_phone", PHONE)
        self.assertFalse((self.kitchen | self.garden).activity_ids)
        self.assertTrue(self.roof.activity_ids)

    def test_lo9_meanwhile(self):
        """LO9, LO10: while one types a message comes, a colleague answers first, and a record is
        deleted; what was typed and what was chosen stay."""
        self.wait()
        self.tour(self.PATH, "kala_comm_inbox_meanwhile")
        self.assertEqual(self.answers(self.garden), ["Yes, Noa"])
        self.assertFalse(self.answers(self.kitchen))

    def test_lo9_link(self):
        """LO9: a link to one conversation chooses it in the list."""
        self.wait()
        self.tour(f"{self.PATH}?model=crm.lead&res_id={self.roof.id}", "kala_comm_inbox_link")

    def test_lo9_is_accessible(self):
        """LO9: nothing serious is found on the Inbox, whatever is in it."""
        self.wait()
        for size, lang in ((LAPTOP, "he_IL"), (PHONE, "en_US")):
            with self.subTest(size=size, lang=lang):
                self.tour(self.PATH, "kala_comm_inbox_is_accessible", size, lang, has_axe=True)
