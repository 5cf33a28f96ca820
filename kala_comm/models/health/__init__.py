"""In: what providers, the log and the jobs tell about our lines.
Out: a state per line, the steps that mend it, and a word to the managers (WA5, AD6)."""

from . import kala_health
from . import health_watch
from . import kala_connection_health
from . import kala_connection_connect
from . import kala_connection_guide
from . import kala_connection_news
from . import kala_line_health
from . import line_fault
from . import line_banner
from . import silent_poll
from . import failed
from . import kala_connection_trouble
from . import absent
from . import kala_watch
from . import lost_template
