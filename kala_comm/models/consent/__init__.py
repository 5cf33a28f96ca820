"""In: what a contact, his provider or one of us says about being written to (CO).
Out: whether an address may be written to on a channel, and the proof of it."""

from . import kala_consent
from . import kala_consent_card
from . import kala_contact_permission
from . import blacklist
