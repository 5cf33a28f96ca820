"""Twilio's protocol as pure functions."""

from . import call, payload, signature
