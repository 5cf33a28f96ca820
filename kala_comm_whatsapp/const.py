"""Vocabularies of Meta's Cloud API and of waboxapp, in the words of the core."""

#: The version whose contract the requests follow.
META_API_VERSION = "v23.0"

#: What the account's webhook is about; Meta sends pages and other products elsewhere.
META_OBJECT = "whatsapp_business_account"

#: News about templates: what a change of this name tells beyond the template's name
#: (Meta's webhook reference).
META_TEMPLATE_FIELDS = (
    "message_template_status_update",
    "message_template_quality_update",
    "message_template_components_update",
    "template_category_update",
)
#: Status or event of a template → what the core calls it. An appeal is a review, too.
META_TEMPLATE_STATES = {
    "APPROVED": "approved",
    "FLAGGED": "approved",
    "UNPAUSED": "approved",
    "REINSTATED": "approved",
    "UNLOCKED": "approved",
    "UNARCHIVED": "approved",
    "PENDING": "pending",
    "IN_APPEAL": "pending",
    "REJECTED": "rejected",
    "PAUSED": "paused",
    "DISABLED": "disabled",
    "LIMIT_EXCEEDED": "disabled",
    "LOCKED": "disabled",
    "ARCHIVED": "disabled",
    "PENDING_DELETION": "deleted",
    "DELETED": "deleted",
}
META_TEMPLATE_QUALITIES = {"GREEN": "high", "YELLOW": "medium", "RED": "low"}
META_TEMPLATE_LIST_FIELDS = (
    "id,name,language,status,category,components,quality_score,rejected_reason"
)
#: Templates on a page, and bytes that a page may have: Meta writes each Hebrew letter with six.
META_TEMPLATE_PAGE = 50
META_TEMPLATE_BYTES = 4 * 1024 * 1024
#: What Meta writes where there is no reason.
META_NO_REASON = ("", "NONE")
META_BUTTONS = {
    "QUICK_REPLY": "reply",
    "URL": "url",
    "PHONE_NUMBER": "phone",
    "COPY_CODE": "code",
}
META_HEADERS = {"TEXT": "text", "IMAGE": "image", "VIDEO": "video", "DOCUMENT": "document"}

#: Fields of a change that carry messages or reports. The others (the life of groups, the history
#: of a phone …) tell nothing that belongs in the log.
META_MESSAGE_FIELDS = ("messages", "smb_message_echoes")
#: Field of a change that carries choices of contacts.
META_PREFERENCE_FIELD = "user_preferences"
#: Field of a change that tells of calls over WhatsApp, and the direction of a contact's call.
META_CALL_FIELD = "calls"
META_CALLED_US = "USER_INITIATED"
#: Notices by which a person has another number or id (docs/providers.md, 1.8).
META_CHANGES = ("user_changed_number", "customer_changed_number", "user_changed_user_id")
#: What a contact may choose in his WhatsApp: category → what he refuses; value → whether we may.
META_PREFERENCES = {"marketing_messages": "marketing"}
META_CHOICES = {"stop": False, "resume": True}

#: docs/providers.md, 1.7: type → as what WhatsApp shows it. Other pictures, recordings and films
#: are not taken; everything else is a document.
META_FILE_KINDS = {
    "image/jpeg": "image",
    "image/png": "image",
    "audio/aac": "audio",
    "audio/amr": "audio",
    "audio/mpeg": "audio",
    "audio/mp4": "audio",
    "audio/x-m4a": "audio",
    "audio/ogg": "audio",
    "video/mp4": "video",
    "video/3gpp": "video",
}
_MB = 1024 * 1024
META_FILE_LIMITS = {"image": 5 * _MB, "audio": 16 * _MB, "video": 16 * _MB, "document": 100 * _MB}
#: Characters of the text beside a file, by Meta's contract.
META_CAPTION_LENGTH = 1024

#: docs/providers.md, 1.6
META_STATES = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "played": "read",
    "failed": "failed",
}

#: docs/providers.md, 1.2. Codes that stand nowhere here are ``rejected``.
_META_CODES = {
    "address": (131021, 131026, 131030, 131062),
    "consent": (131050,),
    "credit": (131042,),
    # This number of ours: not registered, not approved, of low quality, gone.
    "sender": (
        33,
        131037,
        131045,
        131048,
        133000,
        133005,
        133006,
        133008,
        133009,
        133010,
        133015,
        133016,
    ),
    # Login, permission or the whole account.
    "connection": (0, 3, 10, 104, 190, 368, 131005, 131031, *range(200, 300)),
    "limit": (4, 613, 80007, 80008, 130429, 131056, 131208),
    "window": (131047,),
    "temporary": (1, 2, 131000, 131016, 131052, 131053, 131057, 132069, 133004, 134101),
}
#: A file that did not get through, either way, is tried once more.
META_ONCE_MORE = (131052, 131053)
META_FAILURE_KINDS = {code: kind for kind, codes in _META_CODES.items() for code in codes}

#: docs/providers.md, 2: what the phone knows of a message.
WABOX_STATES = {"1": "sent", "2": "delivered", "3": "read"}
#: An acknowledgement that tells nothing yet.
WABOX_PENDING = "0"

#: Types that go out as pictures; others as files.
WABOX_IMAGES = ("image/jpeg", "image/png", "image/gif", "image/webp")
#: HTTP status of a refusal → failure kind.
WABOX_FAILURE_KINDS = {400: "rejected", 403: "connection"}
