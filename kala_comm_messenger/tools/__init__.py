"""Reading of Messenger's events and answers, without the ORM."""

from . import answers, events
