"""Reading of payloads, without the ORM: testable without a database."""

from . import meta, meta_answers, meta_content, meta_template, waboxapp
