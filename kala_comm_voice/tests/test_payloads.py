from datetime import datetime

from odoo.tests import BaseCase, tagged

from odoo.addons.kala_comm.tools.messages import Unusable

from ..tools import pbx, voicenter

#: payload of any telephone system → what it says (VO1, providers.md 6.2, 6.3)
GENERIC = [
    (
        {"call_id": "1", "event": "ringing", "from": "0502345678", "to": "101"},
        {"uid": "1", "event": "ringing", "contact_value": "0502345678", "extension": "101"},
    ),
    (
        {"call_id": "1", "event": "hangup", "status": "answered", "talk_seconds": "61"},
        {"event": "ended", "status": "answered", "duration": 61},
    ),
    (
        # FreePBX and Asterisk: a CDR
        {
            "uniqueid": "1716.42",
            "src": "0502345678",
            "dst": "101",
            "disposition": "NO ANSWER",
            "billsec": "0",
        },
        {"uid": "1716.42", "event": "ended", "status": "missed", "duration": 0},
    ),
    (
        # Asterisk: all channels of a call share the Linkedid
        {"Uniqueid": "1716.43", "Linkedid": "1716.42", "CallerIDNum": "0502345678"},
        {"uid": "1716.42", "contact_value": "0502345678"},
    ),
    (
        # Yeastar
        {
            "callid": "Y7",
            "event": "NewCdr",
            "type": "Inbound",
            "callfrom": "0502345678",
            "callto": "102",
            "talkduration": "15",
            "status": "ANSWERED",
            "didnumber": "037654321",
        },
        {
            "uid": "Y7",
            "event": "ended",
            "direction": "in",
            "status": "answered",
            "duration": 15,
            "extension": "102",
            "line_address": "037654321",
        },
    ),
    (
        {"call_id": "2", "direction": "outbound", "from": "101", "to": "0502345678"},
        {"direction": "out", "contact_value": "0502345678", "extension": "101"},
    ),
    ({"call_id": "3", "status": "BUSY"}, {"status": "busy", "event": "ended"}),
    ({"call_id": "3", "status": "VOICEMAIL"}, {"status": "voicemail"}),
    ({"call_id": "3", "status": "no such word"}, {"status": ""}),
    ({"call_id": "3", "from": "anonymous"}, {"contact_value": "anonymous"}),
    ({"call_id": 4, "talk_seconds": "0:01:05", "status": "answer"}, {"uid": "4", "duration": 65}),
    (
        {"call_id": "5", "recording_url": "https://pbx.example.com/5.mp3"},
        {"event": "recording", "recording_url": "https://pbx.example.com/5.mp3"},
    ),
    ({"call_id": "5", "recording_url": "javascript:alert(1)"}, {"recording_url": ""}),
    ({"call_id": "6", "talk_seconds": "many", "from": ["x"]}, {"duration": 0, "contact_value": ""}),
]

#: time as it comes, zone of the system → naive UTC
MOMENTS = [
    ("2026-11-22T10:00:00+02:00", "UTC", datetime(2026, 11, 22, 8)),
    ("2026-11-22T10:00:00Z", "UTC", datetime(2026, 11, 22, 10)),
    ("2026-11-22 10:00:00", "Asia/Jerusalem", datetime(2026, 11, 22, 8)),
    ("2026-07-22 10:00:00", "Asia/Jerusalem", datetime(2026, 7, 22, 7)),
    ("1795341600", "Asia/Jerusalem", datetime(2026, 11, 22, 10)),
    ("1795341600000", "UTC", datetime(2026, 11, 22, 10)),
    ("yesterday", "UTC", None),
    ("", "UTC", None),
]

#: Voicenter's CDR and screen pop (providers.md 6.1)
VOICENTER = [
    (
        {
            "ivruniqueid": "V1",
            "caller": "0502345678",
            "did": "972772345678",
            "targetextension": "101",
            "duration": 12,
            "status": "ANSWER",
            "type": "Incoming Call",
            "record": "https://cpanel.example.com/r.mp3",
        },
        {
            "uid": "V1",
            "event": "ended",
            "direction": "in",
            "status": "answered",
            "duration": 12,
            "extension": "101",
            "contact_value": "0502345678",
            "line_address": "+972772345678",
            "recording_url": "https://cpanel.example.com/r.mp3",
        },
    ),
    (
        {"ivruniqueid": "V2", "caller": "0502345678", "duration": 30, "status": "ABANDONE"},
        {"status": "missed", "duration": 0},
    ),
    (
        {
            "ivruniqueid": "V3",
            "callerextension": "101",
            "target": "972502345678",
            "duration": 5,
            "type": "Extension Outgoing",
            "status": "NOANSWER",
        },
        {"direction": "out", "contact_value": "+972502345678", "status": "missed"},
    ),
    (
        {
            "ivruniqueid": "V4",
            "duration": 1,
            "status": "VOEND",
            "IVR": '[{"layer_id": 1, "Dtmf": "2"}]',
        },
        {"status": "answered", "extra": {"ivr": [{"layer_id": 1, "Dtmf": "2"}]}},
    ),
    ({"ivruniqueid": "V5", "duration": 1, "IVR": "no json"}, {"extra": {}}),
    (
        {"ivrid": "V1", "phone": "0502345678", "status": "Ringing", "extenUser": "101"},
        {"uid": "V1", "event": "ringing", "status": "ringing", "extension": "101"},
    ),
    ({"ivrid": "V1", "phone": "05", "status": "Talking"}, {"event": "answered"}),
    # A hang-up does not say how it went: the CDR does.
    ({"ivrid": "V1", "phone": "05", "status": "Hangup"}, {"event": "ended", "status": "ringing"}),
    ({"ivrid": "V1", "phone": "05", "status": "Dialing"}, {"direction": "out"}),
]


@tagged("post_install", "-at_install")
class TestPayloads(BaseCase):
    """VO1: what telephone systems send is read, whatever they call it."""

    def _check(self, found, wanted):
        for name, value in wanted.items():
            self.assertEqual(getattr(found, name), value, name)

    def test_generic(self):
        for part, wanted in GENERIC:
            with self.subTest(part=part):
                self._check(pbx.read_call(part), wanted)

    def test_moments(self):
        for value, zone, wanted in MOMENTS:
            with self.subTest(value=value, zone=zone):
                self.assertEqual(pbx.moment(value, zone), wanted)

    def test_voicenter(self):
        for part, wanted in VOICENTER:
            with self.subTest(part=part):
                self._check(voicenter.read_part(part), wanted)

    def test_no_call_id_is_unusable(self):
        self.assertIsInstance(pbx.read_call({"from": "0502345678"}), Unusable)
        self.assertIsInstance(voicenter.read_part({"caller": "0502345678"}), Unusable)
