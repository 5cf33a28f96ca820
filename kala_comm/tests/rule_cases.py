"""Events × audiences × channels of notification rules (AU2): who gets a message, by which address.

Each row is run through the real save, the real job and the sandbox. People: ``dana`` is the
customer, ``rita`` the responsible, ``paul`` the performer, ``cora`` created the record, ``lena``
leads the team, ``fred`` follows, ``alma`` is an assignee of activities.
"""

DANA, RITA, PAUL, CORA, LENA, FRED, ALMA, TYPED = (
    ("+972502345671", "dana@example.com"),
    ("+972502345672", "rita@example.com"),
    ("+972502345673", "paul@example.com"),
    ("+972502345674", "cora@example.com"),
    ("+972502345675", "lena@example.com"),
    ("+972502345676", "fred@example.com"),
    ("+972502345677", "alma@example.com"),
    ("+972502345678", "typed@example.com"),
)
#: Audience → who is written to, where the record itself is what happened.
OF_RECORD = {
    "customer": [DANA],
    "responsible": [RITA],
    "performer": [PAUL],
    "creator": [CORA],
    "team_leader": [LENA],
    "followers": [FRED],
    "fields": [DANA],
    "typed": [TYPED],
}
#: The same where an activity is: its assignee is responsible, who planned it is its creator.
OF_ACTIVITY = OF_RECORD | {"responsible": [ALMA], "performer": [ALMA]}
#: Events of each model.
EVENTS = {
    "crm.lead": (
        "created",
        "status_changed",
        "assigned",
        "rescheduled",
        "date",
        "closed",
        "activity_created",
        "activity_reassigned",
        "activity_changed",
        "activity_done",
        "activity_overdue",
        "communication",
    ),
    "sale.order": ("created", "status_changed", "assigned", "date", "closed"),
}
CHANNELS = ("sms", "whatsapp", "email")
#: Model, event, audience, channel → addresses. Every event with every audience; the channels in
#: turn, so that each audience meets each of them, and e-mail fields, phone fields.
CASES = [
    (
        model,
        event,
        audience,
        channel,
        [
            person[channel == "email"]
            for person in (OF_ACTIVITY if event.startswith("activity_") else OF_RECORD)[audience]
        ],
    )
    for model, events in EVENTS.items()
    for n, event in enumerate(events)
    for k, audience in enumerate(OF_RECORD)
    for channel in [CHANNELS[(n + k) % len(CHANNELS)]]
]
