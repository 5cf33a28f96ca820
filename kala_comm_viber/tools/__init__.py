"""Reading of Viber's callbacks and answers, without the ORM."""

from . import answers, callbacks
