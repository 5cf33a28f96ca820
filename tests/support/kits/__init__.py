"""A kit is one connection in Odoo with one line, and the fake provider that it speaks with.

The contract suite (DESIGN 4) runs once for each of :data:`KITS`; a new provider adds a kit.
"""

from .meta import Meta
from .sandbox import Sandbox
from .sms_gateways import HttpGateway, Inforu, Sms019
from .twilio import Twilio
from .waboxapp import Waboxapp

KITS = {kit.code: kit for kit in (HttpGateway, Inforu, Meta, Sandbox, Sms019, Twilio, Waboxapp)}
