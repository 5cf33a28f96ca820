"""Vocabularies of telephone systems (docs/providers.md, 6). Words and names are written here in
small letters without blanks and signs: every spelling of them is the same."""

#: Numbers with fewer digits are extensions, not numbers of the outside world.
NUMBER_DIGITS = 7

#: What systems call the outcome of a call → the core's ``CALL_STATUSES``.
STATUSES = {
    "ringing": "ringing",
    "answered": "answered",
    "answerd": "answered",
    "answer": "answered",
    "talking": "answered",
    "connected": "answered",
    "missed": "missed",
    "noanswer": "missed",
    "noanswered": "missed",
    "notanswered": "missed",
    "unanswered": "missed",
    "timeout": "missed",
    "notdialed": "missed",
    "notcalled": "missed",
    "abandoned": "missed",
    "abandone": "missed",
    "abandon": "missed",
    "exit": "missed",
    "joinempty": "missed",
    "full": "missed",
    "cancel": "missed",
    "canceled": "missed",
    "cancelled": "missed",
    "rejected": "missed",
    "declined": "missed",
    "hangup": "missed",
    "busy": "busy",
    "failed": "failed",
    "congestion": "failed",
    "chanunavail": "failed",
    "voicemail": "voicemail",
    # The caller heard an announcement or the menu to its end, and nobody of ours.
    "voend": "missed",
    "te": "missed",
}

#: Names of events → the core's.
EVENTS = {
    "ringing": "ringing",
    "ring": "ringing",
    "start": "ringing",
    "dialing": "ringing",
    "newcall": "ringing",
    "newchannel": "ringing",
    "dialbegin": "ringing",
    "answered": "answered",
    "answer": "answered",
    "talking": "answered",
    "connect": "answered",
    "hangup": "ended",
    "ended": "ended",
    "end": "ended",
    "cdr": "ended",
    "newcdr": "ended",
    "completed": "ended",
    "recording": "recording",
}

#: 3CX tells the direction of a call that nobody answered by the word for it.
DIRECTIONS = {
    "in": "in",
    "inbound": "in",
    "incoming": "in",
    "missed": "in",
    "out": "out",
    "outbound": "out",
    "outgoing": "out",
    "notanswered": "out",
    "internal": "internal",
}

#: The generic webhook's own name of a field → names under which other systems send it
#: (Asterisk and FreePBX by their CDR and manager events, 3CX, Yeastar); the first that says
#: something counts.
ALIASES = {
    "call_id": ("linkedid", "historyid", "callid", "uniqueid", "id"),
    "parent_call_id": ("parentcallid",),
    "event": ("event", "eventname", "action"),
    "direction": ("direction", "calldirection", "calltype", "type"),
    "from": ("from", "src", "source", "callfrom", "fromno", "caller", "calleridnum", "callerid"),
    "to": ("to", "dst", "callto", "tono", "destination", "exten", "connectedlinenum"),
    # The other party, whoever called whom.
    "contact": ("number", "phone"),
    "did": ("did", "didnumber", "line", "fromdid"),
    "extension": ("extension", "agentextension", "ext", "agent"),
    "queue": ("queue", "queuename"),
    "status": ("status", "disposition", "dialstatus", "callstatus", "result", "calltype"),
    "started_at": ("startedat", "timestart", "calldate", "start", "starttime"),
    "answered_at": ("answeredat", "answer", "answertime", "timeanswered"),
    "ended_at": ("endedat", "end", "endtime", "timeend"),
    "talk_seconds": ("talkseconds", "billsec", "billableseconds", "talkduraction", "talkduration"),
    # Of a call that was answered; some count the ringing in.
    "duration": ("duration", "callduration", "callduraction"),
    "ring_seconds": ("ringseconds", "ringsec", "ringtime"),
    "recording_url": ("recordingurl", "recording", "recordingfile", "recordurl"),
    "caller_name": ("callername", "calleridname", "clidname", "cnam", "name"),
    # Of a CDR: what the system did last, and the channel of who was connected to the caller.
    "last_app": ("lastapp", "lastapplication"),
    "other_channel": ("dstchannel", "destinationchannel"),
}

#: Applications of Asterisk and FreeSWITCH that answer a call with nobody of ours behind it. To
#: their CDR such a call is "ANSWERED".
VOICEMAIL_APPS = ("voicemail", "voicemailmain", "minivmrecord", "record", "recordsession")
MACHINE_APPS = (
    *("playback", "background", "backgrounddetect", "controlplayback", "waitexten", "read"),
    *("saydigits", "saynumber", "sayalpha", "sayphonetic", "sayunixtime", "playtones", "ringing"),
    *("answer", "wait", "musiconhold", "waitmusiconhold", "directory", "authenticate", "ivr"),
    *("playanddetectspeech", "playandgetdigits", "sleep", "park", "parkandannounce", "say"),
    *("congestion", "busy", "hangup", "fifo", "disa", "milliwatt", "echo"),
)

#: Voicenter's call types that a person of ours started (docs/providers.md, 6.1).
VOICENTER_OUTGOING = (
    "extension outgoing",
    "click2call",
    "productivecall",
    "4",
    "9",
    "10",
    "14",
    "15",
)
#: Types of the leg that rings our own person first: whether he took it says nothing of the
#: customer.
VOICENTER_OWN_LEG = ("click2call leg1", "productivecall leg1", "9", "14")
