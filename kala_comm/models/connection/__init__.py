"""In: our logins at providers, and the numbers, pages and mailboxes of ours behind them.
Out: requests that a provider builds and answers that it reads; everybody else asks these two."""

from . import ir_http
from . import kala_provider
from . import kala_provider_login
from . import kala_provider_sandbox
from . import kala_connection
from . import kept_words
from . import kala_connection_ask
from . import kala_connection_numbers
from . import kala_connection_webhook
from . import kala_line
from . import kala_line_alias
from . import kala_line_pace
from . import kala_extension
from . import kala_fingerprint
