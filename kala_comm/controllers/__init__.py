from . import help
from . import webhook
