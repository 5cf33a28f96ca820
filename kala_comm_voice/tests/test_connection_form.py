from lxml import etree

from odoo.tests import tagged

from .common import VoiceCommon


@tagged("post_install", "-at_install")
class TestConnectionForm(VoiceCommon):
    def test_vo1_what_calls_need_stands_beside_the_login(self):
        """VO1: a group within the login's would take the labels off all its fields, of every
        provider."""
        arch = etree.fromstring(self.pbx.get_view(view_type="form")["arch"])
        login = arch.find(".//group[@name='login']")
        self.assertTrue(login.findall("group[@name='calls']//field[@name='pbx_forward_targets']"))
        self.assertFalse(login.findall("group[@name='provider_settings']//group"))
