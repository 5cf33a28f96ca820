"""Twilio's protocol as pure functions."""

from . import payload, signature
