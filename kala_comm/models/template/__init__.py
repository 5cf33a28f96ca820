"""In: texts with placeholders, of ours and those that a provider keeps and approves.
Out: a text for one record, or a sentence that says what is missing (TE, WA3)."""

from . import kala_placeholder
from . import kala_template
from . import kala_template_variable
from . import external
from . import external_text
from . import sync
from . import design
from . import library
from . import template_files
