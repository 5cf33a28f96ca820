"""The one table of channels (docs/architecture.md, 3.17): what the addons know of each way to reach
a contact.

An addon of a channel adds its row when it is imported::

    channels.register(Channel("parrot", _lt("Parrot"), addon="kala_comm_parrot", …))

All addons of a server are imported into one process, which may serve several databases: a row is
offered (:func:`offered`) in those where its addon is installed, and known (:func:`get`) in all.
"""

from dataclasses import dataclass

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

#: Settings are kept for these three families (MA4, RE2): texts, calls, e-mails.
TEXT, CALL, EMAIL = "text", "call", "email"
FAMILIES = (TEXT, CALL, EMAIL)
#: What a person can write on.
WRITTEN = (TEXT, EMAIL)
#: The channel that a form begins with where nothing says another one.
DEFAULT = "sms"
#: The channel for which Odoo has a button of its own beside a number.
OF_ODOO = "sms"


@dataclass(frozen=True)
class Channel:
    """One way to reach a contact.

    :ivar str code: the value of every field ``channel``; at most 20 letters
    :ivar label: its name, by ``LazyTranslate``
    :ivar str family: one of ``FAMILIES``
    :ivar tuple contact_kinds: kinds of contact point that can be reached on it. Texts go to
        mobiles only, and to a ``raw`` number only where it wrote (MA6); calls go to any number.
        Ids, which are of the kind called like the channel, need not be named.
    :ivar id_label: the name, by ``LazyTranslate``, of the kind of contact point that is called like
        the channel: ids by which a provider of it knows a contact (MA8); empty: it has none
    :ivar str ids_of: the channel whose ids come with its messages, where it has none of its own
    :ivar str typed: what a person can type instead of an address of the record (SE3): ``phone``,
        ``email``, or nothing
    :ivar bool stop_words: whether a word alone, like STOP, is an opt-out (CO2)
    :ivar bool line_is_phone: whether each line of ours is a phone number, never a name
    :ivar bool groups: whether messages of groups may come in
    :ivar tuple blacklist: (kind of address, model) of Odoo's blacklist that an answer for the
        channel feeds, or nothing (CO2)
    :ivar str icon: Font Awesome's class
    :ivar str button: the field of ``kala.communication.mixin`` that shows its button on a record;
        empty: it has no such button (SE1)
    :ivar int sequence: its place in lists of channels
    :ivar str addon: the addon that brings it; empty: the core
    """

    code: str
    label: str
    family: str = TEXT
    contact_kinds: tuple = ()
    id_label: str = ""
    ids_of: str = ""
    typed: str = ""
    stop_words: bool = False
    line_is_phone: bool = False
    groups: bool = False
    blacklist: tuple = ()
    icon: str = "fa-comment-o"
    button: str = ""
    sequence: int = 60
    addon: str = ""

    @property
    def has_ids(self):
        """Whether a contact may be known on it by an id of one connection (MA8)."""
        return bool(self.id_label)

    @property
    def uid_kind(self):
        """The kind of contact point of the id that a provider gives beside a number (MA8)."""
        return self.ids_of or self.code


_TABLE = {}


def register(channel):
    """Add a channel, when its addon is imported.

    :param Channel channel: of a code that no other addon uses
    :raise ValueError: if another addon has the code
    """
    known = _TABLE.get(channel.code)
    if known and known.addon != channel.addon:
        raise ValueError(f"{channel.code!r} is a channel of {known.addon or 'the core'} already")
    _TABLE[channel.code] = channel


def unregister(code):
    """Take a channel off the table. Nothing but a test needs it."""
    del _TABLE[code]


def every(*families):
    """:param families: of ``FAMILIES``; none: all
    :return: list of all Channels of this process, in their usual order"""
    rows = [row for row in _TABLE.values() if row.family in (families or FAMILIES)]
    return sorted(rows, key=lambda row: row.sequence)


def codes(*families):
    """:return: list of the codes of :func:`every`"""
    return [row.code for row in every(*families)]


def get(code):
    """:return: the Channel of a code. The log outlives an addon: where that of its channel is gone,
    a text that nobody can be reached on."""
    return _TABLE.get(code) or Channel(code, code)


def offered(env, *families):
    """:return: list of the Channels whose addons are installed in the database of ``env``, or are
    just being installed"""
    installed = env.registry._init_modules
    if not env.registry.ready:
        # Odoo names an addon there after its data only, which may need its channel.
        installed = installed | _modules_of(env.registry["kala.connection"])
    return [row for row in every(*families) if not row.addon or row.addon in installed]


def _modules_of(model):
    """:return: set of the addons that define or extend a model's class; an addon of a channel
    extends ``kala.connection``"""
    return {getattr(cls, "_module", None) for cls in model.__mro__}


def contact_kinds(rows):
    """:param rows: Channels
    :return: list of pairs (kind of contact point, its name): phones and e-mails, the ids that
        these channels know contacts by, and numbers that cannot be read"""
    ids = [(row.code, row.id_label) for row in rows if row.has_ids]
    return [("phone", _lt("Phone")), ("email", _lt("E-mail")), *ids, ("raw", _lt("Other number"))]


for _channel in (
    Channel(
        "sms",
        _lt("SMS"),
        contact_kinds=("phone", "raw"),
        ids_of="whatsapp",
        typed="phone",
        stop_words=True,
        blacklist=("phone", "phone.blacklist"),
        icon="fa-commenting-o",
        button="kala_can_sms",
        sequence=10,
    ),
    Channel(
        "whatsapp",
        _lt("WhatsApp"),
        contact_kinds=("phone", "raw"),
        id_label=_lt("WhatsApp user"),
        typed="phone",
        stop_words=True,
        line_is_phone=True,
        groups=True,
        icon="fa-whatsapp",
        button="kala_can_whatsapp",
        sequence=20,
    ),
    Channel(
        "voice",
        _lt("Call"),
        family=CALL,
        contact_kinds=("phone", "raw"),
        line_is_phone=True,
        icon="fa-phone",
        sequence=80,
    ),
    Channel(
        "email",
        _lt("E-mail"),
        family=EMAIL,
        contact_kinds=("email",),
        typed="email",
        blacklist=("email", "mail.blacklist"),
        icon="fa-envelope-o",
        button="kala_can_email",
        sequence=90,
    ),
):
    register(_channel)
