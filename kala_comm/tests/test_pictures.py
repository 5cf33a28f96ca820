"""ME1: the picture that a contact shows on a channel that knows him by an id."""

import base64
import io
from unittest.mock import patch

from PIL import Image

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.kala_comm.tools.fetch import FileLater, FileRefused

from .common import DANA, HERON, KalaCommon

WHO = "heron-501"


def picture(color, side=900, kind="PNG"):
    """:return: bytes of a picture of one colour"""
    file = io.BytesIO()
    Image.new("RGB", (side, side), color).save(file, kind)
    return file.getvalue()


def color_of(image):
    """:return: red, green or blue, whichever a base64 picture has most of"""
    shown = Image.open(io.BytesIO(base64.b64decode(image))).convert("RGB").resize((1, 1))
    values = shown.getpixel((0, 0))
    return ("red", "green", "blue")[values.index(max(values))]


@tagged("post_install", "-at_install")
class TestPictures(KalaCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.heron_line = cls.env["kala.line"].create(
            {"name": "Heron", "channel": HERON.code, "connection_id": cls.connection.id}
        )
        cls.shown, cls.asked = {}, []

    def setUp(self):
        super().setUp()
        provider = type(self.env["kala.provider.sandbox"])
        self.shown.clear()
        self.asked.clear()

        def fetch(provider, connection, contact, said, fetcher):
            self.asked.append(contact)
            answer = self.shown.get(contact, b"")
            if isinstance(answer, Exception):
                raise answer
            return answer

        self.startPatcher(patch.object(provider, "_fetch_picture", fetch))

    def write_in(self, who=WHO, **values):
        return self.incoming(sender=who, channel=HERON.code, kind=HERON.code, **values)

    def run_job(self):
        with self.job() as env:
            env["kala.names"]._cron_run()
        self.env.invalidate_all()

    def kept(self):
        return self.env["kala.contact.picture"].search([("value", "=", WHO)])

    def test_customer_without_picture_gets_it(self):
        """A customer whom nobody has given a picture has the contact's own."""
        customer = self.customer()
        message = self.write_in()
        message.action_reattach("res.partner", customer.id)
        self.shown[WHO] = picture("red")
        self.run_job()
        self.assertEqual(color_of(customer.image_1920), "red")
        kept = Image.open(io.BytesIO(base64.b64decode(self.kept().image)))
        self.assertEqual((kept.format, max(kept.size)), ("JPEG", 256))

    def test_own_picture_stays(self):
        """A picture that somebody has chosen is never replaced; nor is an employee's or a
        company's card changed."""
        own = self.customer("Own", image_1920=base64.b64encode(picture("blue")))
        firm = self.customer("Firm", is_company=True)
        employee = self.salesman.partner_id
        before = employee.image_1920
        self.shown[WHO] = picture("red")
        for partner in (own, firm, employee):
            partner._kala_show_picture(base64.b64encode(picture("red")))
        self.assertEqual(color_of(own.image_1920), "blue")
        self.assertFalse(firm.image_1920)
        self.assertEqual(employee.image_1920, before)

    def test_asked_once(self):
        """Who was asked about is not asked about again, whether he shows a picture or not."""
        self.write_in()
        self.run_job()
        self.write_in(text="again")
        self.run_job()
        self.assertEqual(self.asked, [WHO])
        self.assertFalse(self.kept().image)

    def test_provider_is_down(self):
        """It is asked three times, an hour apart, and then left alone."""
        self.write_in()
        self.shown[WHO] = FileLater("HTTP 503")
        for count in (1, 2, 3, 3):
            self.run_job()
            self.run_job()
            self.assertEqual(len(self.asked), count)
            self.env.flush_all()
            self.env.cr.execute("UPDATE kala_contact_picture SET due = due - interval '2 hours'")
            self.env.invalidate_all()

    def test_what_is_no_picture(self):
        """SC2: what a browser might run, what is broken and what is refused is not kept."""
        lead = self.write_in().lead_id
        # Its head says that it has 65535 × 65535 points.
        huge = b"GIF89a" + b"\xff\xff\xff\xff" + b"\x00" * 20
        for content in (
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            b"<html></html>",
            huge,
            b"\x00" * 10,
            FileRefused("another host"),
        ):
            with self.subTest(content=content):
                self.shown[WHO] = content
                self.env.cr.execute("DELETE FROM kala_contact_picture")
                self.env.invalidate_all()
                self.run_job()
                self.assertEqual(len(self.kept()), 1)
                self.assertFalse(self.kept().image)
                self.assertFalse(lead.kala_picture)

    def test_a_fault_stops_nobody_else(self):
        self.write_in()
        self.write_in(who="heron-502")
        self.shown[WHO] = KeyError("x")
        self.shown["heron-502"] = picture("green")
        with mute_logger("odoo.addons.kala_comm.models.inbound.pictures"):
            self.run_job()
        self.assertEqual(set(self.asked), {WHO, "heron-502"})

    def test_lead_shows_it_until_he_is_a_customer(self):
        """LO9: the inbox shows it beside the lead; the customer made of him brings it along."""
        lead = self.write_in().lead_id
        lead.user_id = self.salesman
        self.shown[WHO] = picture("green")
        self.run_job()
        self.assertEqual(color_of(lead.kala_picture), "green")
        rows = self.env["kala.waiting"].with_user(self.manager).load("all")["rows"]
        [row] = [row for row in rows if row["id"] == lead.id]
        self.assertIn(f"/web/image/crm.lead/{lead.id}/kala_picture", row["avatar"])
        customer = lead._create_customer()
        self.assertEqual(color_of(customer.image_1920), "green")

    def test_read_with_its_record_only(self):
        """LO8: who may not read the lead does not see who wrote."""
        lead = self.write_in().lead_id
        lead.user_id = self.manager
        self.shown[WHO] = picture("green")
        self.run_job()
        path = f"/web/image/crm.lead/{lead.id}/kala_picture"
        own = self.env["crm.lead"].with_user(self.manager).browse(lead.id).kala_picture
        for user in (self.salesman, self.stranger, self.clerk):
            with self.subTest(user=user.name):
                theirs = lead.with_user(user)
                with self.assertRaises(AccessError):
                    theirs.read(["kala_picture"])
                self.assertFalse(theirs.sudo().kala_picture)
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                self.env["kala.contact.picture"].with_user(user).search([])
        for user, sees in ((self.manager, True), (self.salesman, False), (None, False)):
            if user:
                user.password = user.login
            self.authenticate(user and user.login, user and user.login)
            shown = self.url_open(path).content
            self.assertIs(shown == base64.b64decode(own), sees, user)

    def test_nobody_of_a_group_or_a_number(self):
        """Numbers have no picture, nor has a group."""
        self.incoming(sender=DANA)
        self.heron_line.group_messages = "log"
        self.run_job()
        self.assertEqual(self.asked, [])

    def test_copy_asks_nobody(self):
        """AD5: a copy of the database does not ask the provider of the original."""
        self.write_in()
        dispatcher = type(self.env["kala.dispatcher"])
        with patch.object(dispatcher, "_sending_providers", lambda self: []):
            self.run_job()
        self.assertEqual(self.asked, [])

    def test_forgotten_with_its_record(self):
        """Who is no record's contact any more is forgotten."""
        lead = self.write_in().lead_id
        self.shown[WHO] = picture("green")
        self.run_job()
        self.env["kala.contact.picture"]._gc_pictures()
        self.assertTrue(self.kept())
        lead.with_context(kala_test=True).unlink()
        self.env["kala.contact.picture"]._gc_pictures()
        self.assertFalse(self.kept())
