from . import (
    kala_call,
    kala_connection,
    kala_intake,
    kala_provider,
    kala_provider_pbx,
    kala_provider_voicenter,
)
