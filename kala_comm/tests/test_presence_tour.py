from odoo.tests import tagged

from .tour_common import SCREENS, TourCommon


@tagged("post_install", "-at_install")
class TestPresenceTour(TourCommon):
    """What people see of each other in one conversation."""

    def test_lo10_who_is_here(self):
        """LO10: who else has it open and who writes, on every screen; what this user writes is
        told once, and so is that he is gone."""
        signs = []
        model = type(self.env["kala.presence"])
        sign = model._sign

        def sign_and_note(presence, record, user, window, writing):
            signs.append((user, writing))
            return sign(presence, record, user, window, writing)

        self.patch(model, "_sign", sign_and_note)
        groups = "sales_team.group_sale_manager"
        writer = self._make_user("dana colleague", groups)
        reader = self._make_user("noa colleague", groups)
        for size, lang in SCREENS[::3]:
            with self.subTest(size=size, lang=lang):
                for user in (writer, reader):
                    self.env["kala.presence"].with_user(user).here(
                        "crm.lead", self.kitchen.id, "w1", user == writer
                    )
                signs.clear()
                self.tour(
                    f"/odoo/crm/{self.kitchen.id}", "kala_comm_presence", size, lang, has_axe=True
                )
                writing = [writes for user, writes in signs if user == self.manager]
                self.assertEqual(writing[0], False)
                self.assertEqual(writing.count(True), 1)
