"""Reading of payloads, without the ORM: testable without a database."""

from . import meta, meta_template, waboxapp
