"""Twilio's protocol as pure functions."""

from . import call, content, payload, signature
