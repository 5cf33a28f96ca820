"""A kit is one connection in Odoo with one line, and the fake provider that it speaks with.

The contract suite (docs/architecture.md, 4) runs once for each of :data:`KITS`; a new provider adds
a kit.
"""

from .base import IdKit
from .mail import Smtp
from .messenger import Messenger
from .meta import Meta
from .odoo_iap import OdooIap
from .sandbox import Sandbox
from .sms_gateways import HttpGateway, Inforu, Sms019
from .telegram import Telegram
from .twilio import Twilio
from .viber import Viber
from .voice import Pbx, Voicenter
from .waboxapp import Waboxapp

#: Those over which texts leave.
KITS = {
    kit.code: kit
    for kit in (
        HttpGateway,
        Inforu,
        Messenger,
        Meta,
        OdooIap,
        Sandbox,
        Sms019,
        Telegram,
        Twilio,
        Viber,
        Waboxapp,
    )
}
#: Telephone systems.
VOICE_KITS = {kit.code: kit for kit in (Pbx, Voicenter)}
#: All providers.
ALL_KITS = {**KITS, **VOICE_KITS, Smtp.code: Smtp}
#: Codes of those over which customers write.
RECEIVING = sorted(code for code, kit in KITS.items() if kit.receives)
#: Of these, those that know customers by phone numbers; ``tests/test_chats.py`` has the others.
BY_NUMBER = [code for code in RECEIVING if not issubclass(KITS[code], IdKit)]
