"""docs/architecture.md, 3.17: the core names no provider, and no channel outside its table."""

import re
from pathlib import Path

from odoo.tests import BaseCase, tagged

from odoo.addons.kala_comm.tools import channels

ROOT = Path(__file__).parents[1]
#: What is no code of the core: its tests, made-up data, and steps that are over.
NOT_READ = {"tests", "demo", "migrations", "i18n", "readme"}
SUFFIXES = (".py", ".xml", ".js", ".scss")
#: Names of providers, and of channels that other addons bring; the table tells the others. E-mail
#: and calls are families of settings (MA4, RE2), which the core does know.
PROVIDERS = "meta facebook waboxapp twilio inforu sms019 voicenter odoo_iap".split()
CHANNELS = "sms whatsapp telegram messenger viber instagram".split()
NAME = re.compile(rf"(?<![a-z])({'|'.join(PROVIDERS + CHANNELS)})(?![a-z])", re.IGNORECASE)
#: Names of Odoo's own, of HTML's and of Python's, which are no channel of ours.
ODOOS = re.compile(
    r"""Odoo's own SMS|crm_sms\.\w+|'enable_sms'|"sms\."|@sms/[\w/]+|(?:sms\.)?SendSMSButton|"""
    r"""o_field_phone_sms|<meta |\b_meta\b|"depends": \[.*\]""",
    re.IGNORECASE,
)
#: File → why it may.
PERMITTED = {
    "tools/channels.py": "the table itself",
    "tools/phone.py": "says in which spellings numbers come",
    "tools/phone_spellings.py": "says who still uses old spellings",
    "tools/phone_text.py": "the scheme of an address that comes with numbers",
    "tools/fetch.py": "an example of an address that two parsers read differently",
    "models/outbound/record_buttons.py": "the fields of the buttons of the table's own rows",
    "models/log/kala_communication.py": "a field of an addon that is hidden as those of the core",
    "static/src/fields/fields.scss": "a channel's own colour",
    "data/kala_rule_data.xml": "the channel of templates that we bring",
    "data/base_automation_data.xml": "the channel of templates that we bring",
}


@tagged("post_install", "-at_install")
class TestNamesOfChannels(BaseCase):
    def test_the_core_names_none(self):
        named = {}
        for path in sorted(ROOT.rglob("*")):
            place = path.relative_to(ROOT)
            if path.suffix not in SUFFIXES or NOT_READ & set(place.parts):
                continue
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if NAME.search(ODOOS.sub("", line)):
                    named.setdefault(str(place), []).append(f"{number}: {line.strip()}")
        self.assertEqual({p: lines for p, lines in named.items() if p not in PERMITTED}, {})
        self.assertEqual(set(PERMITTED) - set(named), set(), "permitted for nothing")

    def test_every_channel_is_looked_for(self):
        """A channel that joins the table joins the test."""
        known = {row.code for row in channels.every(channels.TEXT)}
        self.assertLessEqual(known, set(CHANNELS))
