import importlib.util
import json
import secrets

from ..client import Post
from ..database import ROOT
from .base import Kit

_JSON = {"Content-Type": "application/json"}
_FAKE = ROOT / "kala_comm_voice" / "tests" / "fake_voicenter.py"


def _fake_voicenter():
    """The fake of the addon's own tests. Its package needs Odoo, the file does not.

    :return: module
    """
    spec = importlib.util.spec_from_file_location("fake_voicenter", _FAKE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class VoiceKit(Kit):
    """A telephone system: it tells of calls, and no texts leave over it.

    :cvar str acknowledged: what it reads when we have its event
    :cvar tuple events_of_call: names of its events of one answered call, in order
    """

    channel = "voice"
    reports = ()
    signs = False
    login_is_needed = False
    acknowledged = ""
    events_of_call = ()

    def event(self, name, sender, uid):
        """:return: Post of one event of :attr:`events_of_call`"""
        raise AssertionError(f"{self.code} tells of no calls")

    def calls(self):
        """:return: rows of the calls of this connection, oldest first"""
        return self.db.rows(
            "SELECT * FROM kala_communication WHERE connection_id = %s ORDER BY id",
            self.connection_id,
        )


class Pbx(VoiceKit):
    """Any telephone system that calls a webhook (VO1, docs/providers.md, 6.3)."""

    code = "pbx"
    acknowledged = '{"ok": true}'
    events_of_call = ("ringing", "answered", "ended")

    def event(self, name, sender, uid):
        values = {"call_id": uid, "event": name, "from": sender, "did": self.our_number}
        if name == "ended":
            values.update(status="ANSWER", duration=42)
        return Post(json.dumps(values).encode(), _JSON)


class Voicenter(VoiceKit):
    """Voicenter's screen pop, CDR notification and click to call (VO1, VO2,
    docs/providers.md, 6.1)."""

    code = "voicenter"
    acknowledged = '{"err": 0, "errdesc": "OK"}'
    events_of_call = ("Ringing", "Talking", "Hangup", "cdr")

    def __init__(self, odoo, **values):
        self._module = _fake_voicenter()
        self.phones = self._module.FakeVoicenter()
        self.code_of_calls = f"made-up-{secrets.token_hex(6)}"
        login = {"api_url": self.phones.url, "voicenter_code": self.code_of_calls}
        super().__init__(odoo, **{**login, **values})

    def stop(self):
        super().stop()
        self.phones.shutdown()
        self.phones.server_close()

    def event(self, name, sender, uid):
        number = sender.lstrip("+")
        did = self.our_number.lstrip("+")
        if name == "cdr":
            values = {
                "ivruniqueid": uid,
                "caller": number,
                "target": "SIPSIP",
                "did": did,
                "type": "Incoming Call",
                "status": "ANSWER",
                "duration": 42,
                "targetextension": "SIPSIP",
            }
        else:
            values = {"ivrid": uid, "phone": number, "did": did, "status": name}
            values["direction"] = "Incoming"
        return Post(json.dumps(values).encode(), _JSON)
