from . import help
from . import webhook
from . import webmanifest
