"""Fixtures of the tests of mass sends (BR)."""

from .common import DANA, NOA, OMER, KalaCommon


class MassCommon(KalaCommon):
    """``people``: three who can be reached, one with the number of another, one without any."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = cls.env["res.partner"].create(
            [
                {"name": "Dana Levi", "phone": DANA},
                {"name": "Noa", "phone": NOA},
                {"name": "Omer", "phone": OMER},
                {"name": "Twin of Dana", "phone": "050-234-5678"},
                {"name": "Nobody"},
            ]
        )

    def mass(self, **values):
        """:return: a draft to ``people``"""
        return self.env["kala.mass.send"].create(
            {"name": "Sale", "record_ids": self.people.ids, "body": "Hi {{ first_name }}", **values}
        )

    def start(self, mass):
        """Start it, and prepare its recipients."""
        mass.action_start()
        self.run_mass_job()
        return mass
