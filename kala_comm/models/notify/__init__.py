"""In: news of communications, calls, tasks, leads and orders.
Out: notifications to the users concerned and signs to open screens (NO)."""

from . import kala_notifier
from . import kala_notifier_records
from . import kala_live
from . import kala_live_inbox
from . import res_users
from . import order_saved
from . import shown
