from . import kala_connection
from . import kala_communication_mixin
from . import kala_provider_viber
from . import own_viber
