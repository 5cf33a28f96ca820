"""Fetching a file that a provider keeps: from the provider's hosts only, through redirects too,
limited in size and type (SC2)."""

import ipaddress
import json
import urllib.parse

import requests

from . import http
from .messages import TEXT_LIMIT

#: Bytes.
SIZE_LIMIT = 100 * 1024 * 1024
REDIRECTS = 3
TIMEOUT = (10, 60)
#: Nothing that a browser would run as ours.
REFUSED_TYPES = (
    "text/html",
    "application/xhtml+xml",
    "image/svg+xml",
    "text/xml",
    "application/xml",
    "application/javascript",
    "text/javascript",
)


class FileRefused(Exception):
    """The file will not be fetched, now or later; the text says why."""


class FileLater(Exception):
    """The file could not be fetched this time."""


class Fetcher:
    """Fetches from a few hosts.

    :param hosts: host names; one that begins with a dot allows its subdomains
    :param str own_address: the connection's own API address, whose host is allowed as it is
    """

    def __init__(self, hosts, own_address=""):
        self.hosts = tuple(host.lower() for host in hosts)
        self.own = urllib.parse.urlsplit(own_address or "").netloc.lower()

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
        """
        for _redirect in range(REDIRECTS + 1):
            self._check_host(url)
            try:
                with requests.get(
                    url,
                    headers=headers,
                    auth=auth,
                    params=params,
                    timeout=TIMEOUT,
                    stream=True,
                    allow_redirects=False,
                ) as answer:
                    if answer.is_redirect:
                        target = urllib.parse.urljoin(url, answer.headers["location"])
                        if not self._same_host(url, target):
                            # Secrets are for the host they were made for.
                            headers, auth = None, None
                        url, params = target, None
                        continue
                    return self._read(answer, limit)
            except requests.exceptions.RequestException as error:
                raise FileLater(http.mask_secrets(type(error).__name__)) from error
        raise FileRefused("too many redirects")

    def _same_host(self, first, second):
        return urllib.parse.urlsplit(first).netloc == urllib.parse.urlsplit(second).netloc

    def _check_host(self, url):
        parts = urllib.parse.urlsplit(url)
        host = (parts.hostname or "").lower()
        if self.own and parts.netloc.lower() == self.own:
            return
        if parts.scheme != "https" or _is_address(host):
            raise FileRefused("the address of the file is not the provider's")
        for allowed in self.hosts:
            if host == allowed or (allowed.startswith(".") and host.endswith(allowed)):
                return
        raise FileRefused("the address of the file is not the provider's")

    def _read(self, answer, limit):
        if answer.status_code in (401, 403, 404, 410):
            raise FileRefused(f"the provider does not have it any more ({answer.status_code})")
        if answer.status_code != 200:
            raise FileLater(f"HTTP {answer.status_code}")
        mimetype = answer.headers.get("content-type", "").split(";")[0].strip().lower()
        if mimetype in REFUSED_TYPES:
            raise FileRefused(f"files of type {mimetype} are not kept")
        if int(answer.headers.get("content-length") or 0) > limit:
            raise FileRefused("the file is too large")
        chunks, size = [], 0
        for chunk in answer.iter_content(65536):
            size += len(chunk)
            if size > limit:
                raise FileRefused("the file is too large")
            chunks.append(chunk)
        return b"".join(chunks), mimetype


def _is_address(host):
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
