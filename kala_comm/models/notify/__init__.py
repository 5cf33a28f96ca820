"""In: news of communications, calls, tasks, leads and orders.
Out: notifications to the users concerned, on their screens and devices, and signs to open screens
(NO)."""

from . import kala_notifier
from . import kala_notifier_records
from . import kala_notifier_push
from . import kala_push
from . import kala_pusher
from . import kala_live
from . import kala_live_inbox
from . import notify_choice
from . import res_users
from . import order_saved
from . import shown
