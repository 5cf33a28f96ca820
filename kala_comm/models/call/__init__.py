"""In: events of calls, in any order and any number.
Out: one communication per call, with its status, its duration and who spoke (VO)."""

from . import kala_intake_call
from . import kala_intake_call_log
from . import kala_intake_call_end
from . import kala_intake_call_update
from . import untold_end
