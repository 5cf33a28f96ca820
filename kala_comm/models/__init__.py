"""The rooms, in the order in which they build on each other; which room may call which stands in
``tests/test_rooms.py``."""

from . import kala_job
from . import rights
from . import connection
from . import record
from . import log
from . import consent
from . import outbound
from . import task
from . import notify
from . import inbound
from . import call
from . import template
from . import email
from . import health
from . import mass
from . import first
from . import dashboard
from . import automation
from . import conversation
from . import res_company
from . import res_config_settings
