"""In: what a user gives, changes or reads through a name.
Out: a refusal, or a neutral name, where the record behind it is not his
(docs/architecture.md, 3.15)."""

from . import kala_given
from . import kala_guarded
from . import ir_default
from . import kala_hidden_name
from . import kala_of_record
from . import res_users
