"""In: the log and the tasks.
Out: counts of what waits, on the page To do and beside the menus (TA4, LO12)."""

from . import kala_dashboard
from . import kala_badge
from . import lead_saved
from . import ir_websocket
