"""SMS protocols and segments as pure functions."""

from . import gateway, iap, inforu, number, segments, sms019, values
