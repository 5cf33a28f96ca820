"""Vocabularies of telephone systems (providers.md 6)."""

#: What systems call the outcome of a call → the core's ``CALL_STATUSES``.
STATUSES = {
    "ringing": "ringing",
    "answered": "answered",
    "answer": "answered",
    "talking": "answered",
    "missed": "missed",
    "noanswer": "missed",
    "no answer": "missed",
    "no-answer": "missed",
    "unanswered": "missed",
    "timeout": "missed",
    "notdialed": "missed",
    "notcalled": "missed",
    "abandoned": "missed",
    "abandone": "missed",
    "exit": "missed",
    "joinempty": "missed",
    "full": "missed",
    "cancel": "missed",
    "canceled": "missed",
    "cancelled": "missed",
    "hangup": "missed",
    "busy": "busy",
    "failed": "failed",
    "congestion": "failed",
    "chanunavail": "failed",
    "voicemail": "voicemail",
    "voend": "answered",
    "te": "answered",
}

#: Names of events → the core's.
EVENTS = {
    "ringing": "ringing",
    "ring": "ringing",
    "start": "ringing",
    "dialing": "ringing",
    "newcall": "ringing",
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

DIRECTIONS = {
    "in": "in",
    "inbound": "in",
    "incoming": "in",
    "out": "out",
    "outbound": "out",
    "outgoing": "out",
    "internal": "internal",
}

#: The generic webhook's own name of a field → names under which other systems send it
#: (Asterisk and FreePBX by their CDR and manager events, 3CX, Yeastar).
ALIASES = {
    "call_id": ("call_id", "linkedid", "uniqueid", "callid", "callId", "id", "historyidcall"),
    "parent_call_id": ("parent_call_id", "parentcallid"),
    "event": ("event", "type_event", "eventname", "calltype"),
    "direction": ("direction", "type", "call_direction"),
    "from": ("from", "src", "callfrom", "caller", "calleridnum", "callerid", "number", "phone"),
    "to": ("to", "dst", "callto", "destination", "exten", "connectedlinenum"),
    "did": ("did", "didnumber", "didname", "line", "fromdid"),
    "extension": ("extension", "agent_extension", "ext", "agent"),
    "status": ("status", "disposition", "dialstatus", "callstatus", "result"),
    "started_at": ("started_at", "timestart", "calldate", "start", "start_time", "starttime"),
    "answered_at": ("answered_at", "answer", "answer_time"),
    "ended_at": ("ended_at", "end", "end_time", "endtime"),
    "talk_seconds": ("talk_seconds", "billsec", "talkduraction", "talkduration", "duration"),
    "ring_seconds": ("ring_seconds", "ringsec", "ring_time"),
    "recording_url": ("recording_url", "recording", "recordingfile", "record_url"),
    "caller_name": ("caller_name", "calleridname", "clid_name", "name"),
}

#: Voicenter's call types that a person of ours started (providers.md 6.1).
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
