from . import kala_connection, kala_provider_twilio
