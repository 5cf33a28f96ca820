"""AD1: one page of settings, each with its sentence and its default."""

from lxml import etree

from odoo.tests import tagged

from odoo.addons.kala_comm.models.notify.notify_choice import KINDS
from odoo.addons.kala_comm.tests.common import KalaCommon
from odoo.addons.kala_comm.tests.tour_common import TourCommon

#: What a company has before anybody has touched its settings (SPEC, the numbers in brackets).
DEFAULTS = {
    # MA
    "kala_match_days": 90,
    "kala_new_lead_on_partner_text": False,
    "kala_new_lead_on_partner_email": False,
    "kala_new_lead_on_partner_call": False,
    "kala_text_always_new_lead": False,
    "kala_call_always_new_lead": False,
    "kala_missed_call_always_new_lead": False,
    # RE
    "kala_responsible_last_outgoing": True,
    "kala_responsible_last_outgoing_days": 7,
    "kala_task_last_outgoing": True,
    "kala_task_last_outgoing_hours": 48,
    "kala_responsible_from_customer": False,
    "kala_ignore_customer_responsible": False,
    "kala_responsible_long_lookback": False,
    "kala_no_task_without_responsible": False,
    "kala_call_updates_responsible": False,
    # TA
    "kala_task_on_new_lead": True,
    "kala_task_on_text": True,
    "kala_task_on_email": False,
    "kala_task_on_missed_call": True,
    "kala_task_on_answered_call": False,
    "kala_task_closed_by_reply": True,
    "kala_task_escalation": False,
    # LO9
    "kala_inbox_late_minutes": 60,
    # NO
    "kala_notify_text": True,
    "kala_push_text": False,
    **{f"kala_default_notify_{kind}": "push" for kind in KINDS},
    **{f"kala_default_sound_{kind}": False for kind in KINDS},
}
EXCLUDED = {"closed", "won", "lost", "irrelevant", "duplicate"}


@tagged("post_install", "-at_install")
class TestSettings(KalaCommon):
    def test_defaults(self):
        """MA, RE, TA, NO: what the settings are at first, of a new company too."""
        for company in (self.other_company, self.env["res.company"].create({"name": "New"})):
            for name, value in DEFAULTS.items():
                with self.subTest(company=company.name, setting=name):
                    self.assertEqual(company[name], value)
            types = company.kala_excluded_status_type_ids
            self.assertEqual(set(types.mapped("code")), EXCLUDED)
            for family in ("text", "call", "email"):
                self.assertFalse(company[f"kala_default_responsible_{family}_id"])
        lines = self.sms_line | self.whatsapp_line
        self.assertFalse(any(lines.mapped("notify_all")) or self.connection.notify_all)

    def test_each_setting_has_a_name_and_a_sentence(self):
        """AD1: every setting is on the page once, under a name, with one sentence."""
        arch = self.env["res.config.settings"].get_view(view_type="form")["arch"]
        page = etree.fromstring(arch).find(".//app[@name='kala_comm']")
        shown = [field.get("name") for field in page.iter("field")]
        for name in (*DEFAULTS, "kala_excluded_status_type_ids"):
            with self.subTest(setting=name):
                self.assertEqual(shown.count(name), 1)
        for setting in page.iter("setting"):
            with self.subTest(setting=setting.get("string"), help=setting.get("help")):
                self.assertTrue(setting.get("string"))
                self.assertTrue(setting.get("help"))

    def test_ad1_each_setting_has_the_words_that_people_search_for(self):
        """AD1: synonyms stand beside each setting, unseen; translations bring their own."""
        arch = self.env["res.config.settings"].get_view(view_type="form")["arch"]
        page = etree.fromstring(arch).find(".//app[@name='kala_comm']")
        words = {
            setting.get("string"): setting.findtext(".//span[@class='o_kala_keywords d-none']")
            for setting in page.iter("setting")
        }
        for title, keywords in words.items():
            with self.subTest(setting=title):
                self.assertTrue(keywords)
        for word, title in (
            ("auto reply", "Texts and automatic messages"),
            ("working hours", "Send window"),
            ("quiet", "Send window"),
            ("missed call", "What makes a task"),
            ("STOP", "Consent required"),
            ("opt out", "Consent required"),
        ):
            with self.subTest(word=word):
                self.assertIn(word, words[title])


@tagged("post_install", "-at_install")
class TestSettingsTour(TourCommon):
    def test_ad1_search(self):
        """AD1: typed into the search of the page."""
        action = self.env.ref("kala_comm.res_config_settings_action")
        self.tour(f"/odoo/action-{action.id}", "kala_comm_settings_search", login="admin")
