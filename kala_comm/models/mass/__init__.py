"""In: a text and many records.
Out: one communication per address, a count of those left out, and a hand on the brake (BR)."""

from . import kala_mass_send
from . import kala_mass_send_approval
from . import kala_mass_send_job
from . import kala_mass_send_recipients
from . import skip
