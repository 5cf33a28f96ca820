"""Reading of Telegram's updates and answers, without the ORM."""

from . import answers, updates
