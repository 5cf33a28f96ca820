import json
from datetime import datetime

from odoo.tests import BaseCase, tagged

from ..tools import pbx, voicenter, yeastar

#: payload of any telephone system → what it says (VO1, docs/providers.md, 6.2, 6.3)
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
    # The outcome, told as the event.
    ({"call_id": "3", "event": "Missed"}, {"status": "missed", "event": "ended"}),
    ({"call_id": "3", "event": "busy"}, {"status": "busy", "event": "ended"}),
    ({"call_id": "3", "event": "missed", "status": "BUSY"}, {"status": "busy", "event": "ended"}),
    ({"call_id": "3", "event": "answered"}, {"status": "", "event": "answered"}),
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

#: last application and channel in a CDR that says ANSWERED → who answered
ANSWERED_BY = [
    ({"lastapp": "VoiceMail", "dstchannel": ""}, "voicemail"),
    # The extension rang first, then the voicemail took the call.
    ({"lastapp": "VoiceMail", "dstchannel": "PJSIP/101-00000042"}, "voicemail"),
    ({"LastApplication": "VoiceMail", "DestinationChannel": ""}, "voicemail"),
    ({"lastapp": "Record", "dstchannel": ""}, "voicemail"),
    ({"lastapp": "Queue", "dstchannel": ""}, "missed"),
    ({"lastapp": "Queue", "dstchannel": "Local/101@agents-0001;1"}, "answered"),
    ({"lastapp": "Dial", "dstchannel": "PJSIP/101-00000042"}, "answered"),
    ({"lastapp": "Dial", "dstchannel": ""}, "missed"),
    ({"lastapp": "BackGround", "dstchannel": ""}, "missed"),
    ({"lastapp": "Playback"}, "missed"),
    # The customer rates the talk after it.
    ({"lastapp": "Playback", "dstchannel": "PJSIP/101-00000042"}, "answered"),
    # FreeSWITCH
    ({"last_app": "bridge"}, "answered"),
    ({"last_app": "voicemail"}, "voicemail"),
    ({"last_app": "ivr"}, "missed"),
    # A system that tells no applications is believed.
    ({"dstchannel": ""}, "answered"),
    ({}, "answered"),
]

#: what an event without a direction says → direction, contact, extension
GUESSED = [
    ({"src": "101", "dst": "0502345678"}, ("out", "0502345678", "101")),
    ({"src": "0502345678", "dst": "101"}, ("in", "0502345678", "101")),
    ({"src": "0502345678", "dst": "037654321"}, ("in", "0502345678", "")),
    # A short number from outside, to a number or an extension of ours.
    ({"src": "*2345", "dst": "037654321"}, ("in", "*2345", "")),
    ({"src": "2345", "dst": "102", "did": "037654321"}, ("in", "2345", "102")),
    # A long extension is one because it is set up as one.
    ({"src": "7654321", "dst": "0502345678"}, ("out", "0502345678", "7654321")),
    ({"src": "101", "dst": "102"}, ("out", "102", "101")),
    ({"src": "", "dst": "101"}, ("in", "", "101")),
    ({"src": "Ext.101", "dst": "sip:0502345678@trunk"}, ("out", "0502345678", "101")),
    ({"direction": "in", "src": "101", "dst": "0502345678"}, ("in", "101", "")),
]

INBOUND = {"from": "0502345678", "to": "037654321", "member_status": "ALERT"}
OUTBOUND = {"from": "101", "to": "0502345678", "member_status": "RING"}
#: who takes part in a call of Yeastar → event, direction, contact, extension
YEASTAR_MEMBERS = [
    ([{"inbound": INBOUND}], [("ringing", "in", "0502345678", "")]),
    (
        [
            {"inbound": INBOUND},
            {"extension": {"number": "101", "member_status": "RING"}},
            {"extension": {"number": "102", "member_status": "RING"}},
        ],
        [("ringing", "in", "0502345678", "101"), ("ringing", "in", "0502345678", "102")],
    ),
    (
        [
            {"inbound": {**INBOUND, "member_status": "ANSWERED"}},
            {"extension": {"number": "101", "member_status": "BYE"}},
            {"ext": {"number": "102", "memberstatus": "ANSWER"}},
        ],
        [("answered", "in", "0502345678", "102")],
    ),
    (
        [
            {"inbound": {**INBOUND, "member_status": "BYE"}},
            {"extension": {"number": "101", "member_status": "BYE"}},
        ],
        [],
    ),
    (
        # Our own telephone is off the hook; the customer has not answered.
        [{"extension": {"number": "101", "member_status": "ANSWERED"}}, {"outbound": OUTBOUND}],
        [("ringing", "out", "0502345678", "101")],
    ),
    (
        [
            {"extension": {"number": "101", "member_status": "ANSWERED"}},
            {"outbound": {**OUTBOUND, "member_status": "ANSWER"}},
        ],
        [("answered", "out", "0502345678", "101")],
    ),
    ([{"extension": {"number": "101", "member_status": "RING"}}], []),
    (["nonsense", {"inbound": 5}, {}], []),
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

#: Voicenter's CDR and screen pop (docs/providers.md, 6.1)
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
        # The caller heard the menu to its end: nobody of ours answered.
        {"status": "missed", "extra": {"ivr": [{"layer_id": 1, "Dtmf": "2"}]}},
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

    def test_who_answered(self):
        """A CDR calls answered what a menu, a queue or the voicemail took (TA1, RE4)."""
        cdr = {"uniqueid": "1", "src": "0502345678", "dst": "101", "billsec": "20"}
        for part, wanted in ANSWERED_BY:
            with self.subTest(part=part):
                found = pbx.read_call({**cdr, "disposition": "ANSWERED", **part})
                self.assertEqual((found.status, found.event), (wanted, "ended"))
                self.assertEqual(found.duration, 0 if wanted == "missed" else 20)
                unanswered = pbx.read_call({**cdr, "disposition": "NO ANSWER", **part})
                self.assertEqual(unanswered.status, "missed")

    def test_guessed_directions(self):
        def is_ours(number):
            return number == "037654321"

        for part, wanted in GUESSED:
            with self.subTest(part=part):
                found = pbx.read_call({"call_id": "1", **part}, "UTC", {"101", "7654321"}, is_ours)
                self.assertEqual((found.direction, found.contact_value, found.extension), wanted)

    def test_yeastar(self):
        for members, wanted in YEASTAR_MEMBERS:
            with self.subTest(members=members):
                told = {"call_id": "Y", "members": members}
                for part in (
                    {"sn": "1", "type": 30011, "msg": json.dumps(told)},
                    {"sn": "1", "type": "30011", "msg": told},
                    {"sn": "1", "event": "CallStatus", "callid": "Y", "members": members},
                ):
                    calls = [pbx.read_call(flat) for flat in yeastar.flat(part)]
                    self.assertEqual(
                        [(c.event, c.direction, c.contact_value, c.extension) for c in calls],
                        wanted,
                    )

    def test_yeastars_news_of_itself_are_no_calls(self):
        for part in (
            {"sn": "1", "type": 30008, "msg": '{"extension": "101", "status": "Ringing"}'},
            {"sn": "1", "event": "ExtensionStatus", "extension": "101", "status": "Busy"},
            {"sn": "1", "type": 30012, "msg": "{}"},
        ):
            self.assertEqual(yeastar.flat(part), [])

    def test_no_call_is_named(self):
        self.assertIsNone(pbx.read_call({"from": "0502345678"}))
        self.assertIsNone(pbx.read_call({"started_at": "2026-11-22T10:00:00Z"}))
        self.assertIsNone(voicenter.read_part({"caller": "0502345678"}))
