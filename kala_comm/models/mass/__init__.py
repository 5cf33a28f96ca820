"""In: a text and many records.
Out: one communication per address, counts of who gets it and who does not, and buttons to pause,
resume and cancel (BR)."""

from . import kala_mass_send
from . import kala_mass_send_approval
from . import kala_mass_send_files
from . import kala_mass_send_job
from . import kala_mass_send_live
from . import kala_mass_send_outcome
from . import kala_mass_send_pause
from . import kala_mass_send_progress
from . import kala_mass_send_recipients
from . import kala_mass_send_ways
from . import skip
from . import compose
from . import requeued
from . import kala_mass_live
from . import live_session
