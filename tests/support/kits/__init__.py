"""A kit is one connection in Odoo with one line, and the fake provider that it speaks with.

The contract suite (DESIGN 4) runs once for each of :data:`KITS`; a new provider adds a kit.
"""

from .meta import Meta
from .odoo_iap import OdooIap
from .sandbox import Sandbox
from .sms_gateways import HttpGateway, Inforu, Sms019
from .twilio import Twilio
from .waboxapp import Waboxapp

KITS = {
    kit.code: kit for kit in (HttpGateway, Inforu, Meta, OdooIap, Sandbox, Sms019, Twilio, Waboxapp)
}
#: Codes of those over which customers write.
RECEIVING = sorted(code for code, kit in KITS.items() if kit.receives)
