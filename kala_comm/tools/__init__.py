"""Plain Python without the ORM: everything here is testable without a database."""

from . import (
    backoff,
    channels,
    charset,
    const,
    email_form,
    email_machine,
    fetch,
    http,
    inbound,
    messages,
    phone,
    placeholders,
    reader,
    signature,
    stopwords,
    text,
    timezones,
)
