"""LO9, LO10: two windows of one user that save the same at the same moment."""

from functools import partial
from unittest.mock import patch

from odoo import api
from odoo.service import model as service
from odoo.sql_db import db_connect
from odoo.tests import tagged

from .common import KalaCommon


@tagged("post_install", "-at_install")
class TestTwoWindows(KalaCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Both have been there before: the transactions of the two windows are real ones.
        cls.admin = cls.env.ref("base.user_admin")
        cls.place = ("res.partner", cls.env.ref("base.main_partner").id)
        cls.addClassCleanup(cls.forget)

    @classmethod
    def forget(cls):
        with db_connect(cls.env.cr.dbname).cursor() as cr:
            for table in ("kala_draft", "kala_first_view", "kala_presence", "kala_reading"):
                cr.execute(
                    f"DELETE FROM {table} WHERE user_id = %s AND res_model = %s AND res_id = %s",
                    [cls.admin.id, *cls.place],
                )

    def window(self):
        """:return: environment of a transaction of its own"""
        cr = db_connect(self.env.cr.dbname).cursor()
        self.addCleanup(cr.close)
        # Its picture of the database begins here.
        cr.execute("SELECT 1")
        return api.Environment(cr, self.admin.id, {})

    def test_lo10_what_odoo_does_again_is_no_error(self):
        """LO9, LO10: the slower window saves after all, and nothing about it stands in the log that
        an administrator reads."""
        model, res_id = self.place
        key = f"{model},{res_id}"
        saves = {
            "draft": lambda env, n: env["kala.draft"].keep(model, res_id, {"body": f"Text {n}"}),
            "presence": lambda env, n: env["kala.presence"].here(model, res_id, "window", n == 2),
            "first view": lambda env, n: env["kala.first.view"].note(model, res_id),
            "read": lambda env, n: env["kala.waiting"].mark_read([key]),
        }
        for name, save in saves.items():
            with self.subTest(name=name):
                slow, quick = self.window(), self.window()
                save(quick, 1)
                quick.cr.commit()
                with (
                    patch.object(service.time, "sleep") as sleep,
                    self.assertNoLogs("odoo", "WARNING"),
                ):
                    service.retrying(partial(save, slow, 2), slow)
                self.assertTrue(sleep.called, "they met")
        found = self.window()["kala.draft"].find(model, res_id)
        self.assertEqual(found["body"], "Text 2")
