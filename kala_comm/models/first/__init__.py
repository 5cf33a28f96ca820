"""In: what a company has set up, and what came in and left so far.
Out: the steps of the first hour, and buttons that do them (AD1)."""

from . import asked
from . import kala_first_hour
from . import first_message
