"""SC1, LO8: what answers over HTTP, and to whom."""

import json

from odoo.http import _generate_routing_rules
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import DANA, KalaCommon

SECRET = "the safe is behind the picture"
#: Each route of our addons → who may call it. ``none``: nobody is logged in, the token is the
#: secret; what it refuses stands in ``test_security.py``.
ROUTES = {
    "/kala/webhook/<string:token>": "none",
    # Sends on to pages that everybody may read: ``test_help.py``.
    "/kala/help/<path:page>": "user",
}


@tagged("post_install", "-at_install")
class TestRoutes(KalaCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = cls._make_user("portal", "base.group_portal")
        cls.users = (cls.salesman, cls.colleague, cls.stranger, cls.clerk, cls.portal)
        for user in cls.users:
            user.password = user.login

    def sign_in(self, user):
        """:param user: nobody where it is empty"""
        self.authenticate(user and user.login, user and user.login)

    def test_every_route_is_known(self):
        """A new route needs a line above, and a test that says what it answers to whom."""
        found = {
            url: endpoint.routing["auth"]
            for url, endpoint in _generate_routing_rules(
                sorted(self.env.registry._init_modules), nodb_only=False
            )
            if endpoint.func.__module__.startswith("odoo.addons.kala_comm")
        }
        self.assertEqual(found, ROUTES)

    def test_files(self):
        """LO8, WA4: the file of a message, for who may read the message's record; by its link, for
        whom the link was made."""
        lead = self.lead("Roof", phone=DANA, user_id=self.colleague.id, company_id=self.company.id)
        message = self.log(lead, direction="in", body="The plan")
        loose = self.log(direction="in", body="Nobody's")
        file = {"name": "plan.txt", "mimetype": "text/plain"}
        for one in (message, loose):
            one._keep_files([(file, SECRET.encode(), "text/plain")], [])
        of_lead, nobodys = message.attachment_ids, loose.attachment_ids
        other = self.env["ir.attachment"].create(
            {"name": "x", "raw": b"x", "mimetype": "text/plain"}
        )
        foreign = message._file_url(other).partition("access_token=")[2]
        for user in (*self.users, None):
            self.sign_in(user)
            for kept in (of_lead, nobodys):
                for path in (
                    f"/web/content/{kept.id}",
                    f"/web/content/{kept.id}/x.txt?download=1",
                    f"/web/content?model=ir.attachment&id={kept.id}&field=raw",
                    f"/web/content/{kept.id}?access_token={foreign}",
                    f"/web/content/{kept.id}?access_token=",
                    f"/web/image/{kept.id}",
                ):
                    may = user == self.colleague and kept == of_lead and "token=0" not in path
                    with self.subTest(user=user and user.login, path=path):
                        answer = self.url_open(path)
                        if foreign in path:
                            self.assertNotIn(SECRET, answer.text if not may else "")
                        elif "/web/image" not in path:
                            self.assertEqual(SECRET in answer.text, may)
                        else:
                            self.assertTrue(may or SECRET not in answer.text)
            link = message._file_url(of_lead).partition("/web/")[2]
            self.assertIn(SECRET, self.url_open(f"/web/{link}").text)

    def call(self, model, method, *args, **kwargs):
        """:return: the answer of Odoo's RPC, as text"""
        body = {"params": {"model": model, "method": method, "args": args, "kwargs": kwargs}}
        answer = self.url_open(
            f"/web/dataset/call_kw/{model}/{method}",
            data=json.dumps({"jsonrpc": "2.0", "method": "call", **body}),
            headers={"Content-Type": "application/json"},
        )
        return answer.text

    @mute_logger("odoo.http")
    def test_rpc(self):
        """LO8: as a browser asks; what is private for programs is private for people."""
        lead = self.lead("Roof", phone=DANA, user_id=self.colleague.id, company_id=self.company.id)
        message = self.log(lead, direction="in", body=SECRET)
        log = "kala.communication"
        ids, spec = message.ids, {"body": {}, "summary": {}, "display_name": {}}
        for user in self.users:
            self.sign_in(user)
            for method, args, kwargs in (
                ("read", [ids], {}),
                ("web_read", [ids], {"specification": spec}),
                ("search_read", [[("id", "in", ids)]], {}),
                ("web_search_read", [[("id", "in", ids)], spec], {}),
                ("name_search", [SECRET], {}),
                ("export_data", [ids, ["body"]], {}),
                ("web_read_group", [[("id", "in", ids)], ["lead_id"]], {"aggregates": ["__count"]}),
                ("formatted_read_group", [[("id", "in", ids)], ["channel"], ["id:array_agg"]], {}),
                ("action_answer", [ids], {}),
                ("get_metadata", [ids], {}),
            ):
                with self.subTest(user=user.login, method=method):
                    told = self.call(log, method, *args, **kwargs)
                    if user != self.colleague:
                        self.assertNotIn(SECRET, told)
                        self.assertNotIn(f"[{message.id}]", told)
            with self.subTest(user=user.login):
                read = self.call(log, "web_read", ids, specification=spec)
                self.assertEqual(SECRET in read, user == self.colleague)
                for private in (
                    "_record",
                    "_hidden_by_record",
                    "_apply_states",
                    "_search",
                    "fetch",
                ):
                    self.assertIn("error", json.loads(self.call(log, private, ids)))
