"""Fetching a file that a provider keeps: from the provider's hosts only, through redirects too,
limited in size, time and type (SC2)."""

import base64
import hashlib
import json
import re
import time
import urllib.parse
from typing import NamedTuple

import requests
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from . import deadline, http
from .masking import mask_secrets
from .messages import TEXT_LIMIT

#: Bytes.
SIZE_LIMIT = 100 * 1024 * 1024
REDIRECTS = 3
TIMEOUT = (10, 60)
#: Seconds that a whole file may take: a time-out alone is never reached by who sends a byte a
#: minute.
LONGEST = 600
TOO_LONG = "it took too long"
_PORTS = {"https": 443, "http": 80}
#: Nothing that a browser would run as ours: HTML, scripts, and every kind of XML, since any of
#: them may carry a script.
_REFUSED_TYPE = re.compile(r"html|javascript|ecmascript|svg|/xml\b|/xsl\b|\+xml\b|x-shockwave")


class FileRefused(Exception):
    """The file will not be fetched, now or later; the text says why."""


class FileGone(FileRefused):
    """The host does not have it, or not any more."""


class FileLater(Exception):
    """The file could not be fetched this time."""


class FileNotAsked(FileLater):
    """Nobody was asked for the file; the text is a whole sentence that says why."""


class Origin(NamedTuple):
    """Whom a request reaches: what secrets are made for."""

    scheme: str
    host: str
    port: int


def origin_of(url):
    """Read an address by the parser that opens the connection: where two parsers read one
    differently (``https://evil.example\\@graph.facebook.com``), the check would be of one host and
    the request to the other.

    :return: Origin
    :raise FileRefused: if it cannot be read, or brings a login of its own
    """
    try:
        parts = parse_url(url)
    except LocationParseError:
        parts = None
    if parts is None or parts.auth is not None or not parts.host:
        raise FileRefused("the address of the file is not the provider's")
    scheme = parts.scheme or ""
    return Origin(scheme, parts.host.lower(), parts.port or _PORTS.get(scheme, 0))


def is_refused_type(mimetype):
    """:return: whether a browser might run a file of this type as ours"""
    return bool(_REFUSED_TYPE.search((mimetype or "").lower()))


class Fetcher:
    """Fetches from a few hosts. ``kala.connection._fetcher`` makes one.

    A name of the provider's that leads elsewhere (DNS) ends at its certificate: these hosts are
    spoken to by https only.

    :param hosts: host names; one that begins with a dot allows its subdomains
    :param str own_address: the connection's own API address, which is allowed as it is
    :param float seconds: that all it fetches may take together; None: :data:`LONGEST`
    :param secrets: of the connection, as ``masking.spellings`` gives them: no failure repeats them
    :param str refusal: a sentence why nobody is asked; "" where the provider is
    """

    def __init__(self, hosts, own_address="", seconds=None, secrets=(), refusal=""):
        self._end = time.monotonic() + (LONGEST if seconds is None else seconds)
        self._secrets, self._refusal = secrets, refusal
        self.hosts = tuple(host.lower() for host in hosts)
        self.own = origin_of(own_address) if own_address else None

    def json(self, url, headers=None, params=None):
        """:return: the decoded answer of a GET to an allowed host"""
        content, _mimetype = self.content(url, headers, params=params, limit=TEXT_LIMIT)
        try:
            return json.loads(content.decode("utf-8", "replace"))
        except ValueError as error:
            raise FileLater("the answer is not JSON") from error

    def content(self, url, headers=None, auth=None, params=None, limit=SIZE_LIMIT):
        """:return: (bytes, mimetype)
        :raise FileRefused: another host, too large, a type that is not kept, gone for good
        :raise FileLater: anything that may pass
        :raise FileNotAsked: this connection asks nobody
        """
        if self._refusal:
            raise FileNotAsked(self._refusal)
        left = self._end - time.monotonic()
        try:
            with deadline.within(left) as exchange, deadline.new_session() as session:
                return self._content(exchange, session, url, headers, auth, params, limit)
        except (FileRefused, FileLater) as error:
            # The address that a fault names, and what a host says, may hold a token (SC2).
            raise type(error)(mask_secrets(str(error), self._secrets)) from error

    def _content(self, exchange, session, url, headers, auth, params, limit):
        for _redirect in range(REDIRECTS + 1):
            origin = self._check_address(url)
            try:
                with session.get(
                    url,
                    headers=headers,
                    auth=auth,
                    params=params,
                    timeout=TIMEOUT,
                    stream=True,
                    allow_redirects=False,
                ) as answer:
                    if answer.is_redirect:
                        url, params = urllib.parse.urljoin(url, answer.headers["location"]), None
                        if self._check_address(url) != origin:
                            # Secrets are for the host they were made for.
                            headers, auth = None, None
                        continue
                    return self._read(answer, limit, exchange)
            except requests.exceptions.RequestException as error:
                if exchange.is_late:
                    raise FileLater(TOO_LONG) from error
                raise FileLater(http.reason_of(error, url, exchange, self._secrets)) from error
            except ValueError as error:
                # Where it sends us on to is no address.
                raise FileRefused("the address of the file is not the provider's") from error
        raise FileRefused("too many redirects")

    def _check_address(self, url):
        """:return: Origin
        :raise FileRefused: if it is not one of the provider's"""
        origin = origin_of(url)
        if origin == self.own:
            return origin
        if (origin.scheme, origin.port) == ("https", _PORTS["https"]):
            for allowed in self.hosts:
                if origin.host == allowed or (
                    allowed.startswith(".") and origin.host.endswith(allowed)
                ):
                    return origin
        raise FileRefused("the address of the file is not the provider's")

    def _read(self, answer, limit, exchange):
        if answer.status_code in (404, 410):
            raise FileGone(f"the provider does not have it any more ({answer.status_code})")
        if answer.status_code != 200:
            raise FileLater(f"HTTP {answer.status_code}")
        mimetype = answer.headers.get("content-type", "").split(";")[0].strip().lower()
        if is_refused_type(mimetype):
            raise FileRefused(f"files of type {mimetype} are not kept")
        said = answer.headers.get("content-length", "")
        if said.isdecimal() and int(said) > limit:
            raise FileRefused("the file is too large")
        chunks, size = [], 0
        for chunk in answer.iter_content(65536):
            size += len(chunk)
            if size > limit:
                raise FileRefused("the file is too large")
            chunks.append(chunk)
        if exchange.is_late:
            # Where its length is not said, one that is cut off looks like a whole one.
            raise FileLater(TOO_LONG)
        return b"".join(chunks), mimetype


def check_whole(content, size=0, sha256=""):
    """Say whether a file is the one that the provider announced.

    :param int size: bytes, as the provider says; 0 = not said
    :param str sha256: hexadecimal or base64; empty = not said
    :raise FileLater: if it is another, or a part of it
    """
    digest = hashlib.sha256(content)
    spellings = ("", digest.hexdigest(), base64.b64encode(digest.digest()).decode())
    hexadecimal = sha256.lower() if len(sha256) == 2 * digest.digest_size else sha256
    if (size and size != len(content)) or hexadecimal not in spellings:
        raise FileLater("the file did not arrive whole")
