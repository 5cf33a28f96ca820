"""A webhook request as plain values: what a provider verifies, and what is parsed later."""

import dataclasses
import functools
import hashlib
import io
import json
import urllib.parse

from werkzeug.formparser import parse_form_data

from .text import clean_text


@dataclasses.dataclass(frozen=True)
class InboundRequest:
    """One request at the door, or the stored event made from it.

    :ivar str url: full public URL, with query: some providers sign it
    :ivar dict headers: names in lower case
    :ivar tuple query: (name, value) pairs, in order
    :ivar bytes body: exactly as it came
    """

    method: str
    url: str
    headers: dict
    query: tuple
    body: bytes

    @property
    def content_type(self):
        return self.headers.get("content-type", "").split(";")[0].strip().lower()

    @property
    def is_event(self):
        """A GET that carries an event (some PBXs and gateways), not a verification."""
        names = {name for name, _value in self.query}
        return bool(names) and not any(name.startswith("hub.") for name in names)

    @functools.cached_property
    def form(self):
        """:return: tuple of (name, value), of a form body, or of the query for a GET"""
        if self.method == "GET":
            return self.query
        if self.content_type == "multipart/form-data":
            pairs = self._multipart()
        else:
            text = self.body.decode("utf-8", "replace")
            pairs = urllib.parse.parse_qsl(text, keep_blank_values=True, errors="replace")
        return tuple((clean_text(k), clean_text(v)) for k, v in pairs)

    def _multipart(self):
        _stream, form, _files = parse_form_data(
            {
                "REQUEST_METHOD": self.method,
                "CONTENT_TYPE": self.headers.get("content-type", ""),
                "CONTENT_LENGTH": str(len(self.body)),
                "wsgi.input": io.BytesIO(self.body),
            }
        )
        return form.items(multi=True)

    @property
    def form_dict(self):
        """:return: the form as a dict; of a repeated name the first value"""
        values = {}
        for name, value in self.form:
            values.setdefault(name, value)
        return values

    @functools.cached_property
    def json(self):
        """:return: the decoded JSON body; None where it is not JSON"""
        try:
            # Programs on Windows write a mark of the byte order before it.
            return json.loads(self.body.decode("utf-8-sig", "replace"))
        except (ValueError, RecursionError):
            return None

    @property
    def digest(self):
        """The event's identity: an id taken from inside would lose messages when the provider
        regroups a batch (docs/architecture.md, 3.1)."""
        query = urllib.parse.urlencode(self.query).encode()
        if self.method == "GET":
            seed = query
        else:
            # Some say in the address which call an equal body is about.
            seed = self.body + b"?" + query if query else self.body
        return hashlib.sha256(seed).hexdigest()
