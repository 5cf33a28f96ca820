"""X-Twilio-Signature (docs/providers.md, 3.3)."""

import base64
import hashlib
import hmac
import re
import urllib.parse

_DEFAULT_PORTS = {"https": 443, "http": 80}
_PORT = re.compile(r":\d+$")


def sign(token, url, pairs=()):
    """Make the signature of a request.

    :param str token: the account's auth token
    :param str url: full public URL with query
    :param pairs: (name, value) of the form, text or raw bytes, in any order
    :return: str, base64
    """
    digest = hmac.new(token.encode(), _as_bytes(url), hashlib.sha1)
    # A name that comes twice is signed with its distinct values.
    for name, value in sorted({(_as_bytes(n), _as_bytes(v)) for n, v in pairs}):
        digest.update(name + value)
    return base64.b64encode(digest.digest()).decode()


def is_signed(token, signature, urls, pairs=()):
    """:return: whether the signature fits any spelling of any of the addresses"""
    given = (signature or "").encode()
    spellings = {spelling for url in urls for spelling in url_spellings(url)}
    # No early end: the time must not tell which one was closest.
    fits = [hmac.compare_digest(sign(token, url, pairs).encode(), given) for url in spellings]
    return any(fits)


def url_spellings(url):
    """:return: the address with its port, and without: Twilio signs one or the other"""
    parts = urllib.parse.urlsplit(url)
    bare = _PORT.sub("", parts.netloc)
    port = parts.netloc[len(bare) :] or f":{_DEFAULT_PORTS.get(parts.scheme, 443)}"
    return {
        urllib.parse.urlunsplit(parts._replace(netloc=netloc)) for netloc in (bare, bare + port)
    }


def raw_pairs(body):
    """Read a form as bytes: what cannot be stored as text is signed nevertheless.

    :param bytes body: an urlencoded form
    :return: list of (name, value) in bytes
    """
    pairs = urllib.parse.parse_qsl(
        body.decode("latin-1"), keep_blank_values=True, encoding="latin-1"
    )
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs]


def is_body_digest(digest, body):
    """:return: whether the body is the one whose ``bodySHA256`` was signed"""
    expected = hashlib.sha256(body).hexdigest()
    return hmac.compare_digest(expected.encode(), (digest or "").lower().encode())


def _as_bytes(value):
    return value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")
