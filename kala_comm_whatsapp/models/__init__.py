from . import kala_connection
from . import kala_provider_meta
from . import kala_provider_waboxapp
