"""The service of a browser, to which notifications for its devices are sent (RFC 8030): it reads
them as the browser would, with the keys that only the device has (RFC 8291, RFC 8292)."""

import base64
import json
from typing import NamedTuple

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from odoo.addons.kala_comm.tests.fakes import Answer, FakeProvider

POINT = (serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def encoded(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def derived(secret, salt, info, length):
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)


class Told(NamedTuple):
    """One notification, as the device reads it.

    :ivar str device: the last part of its address
    :ivar dict payload:
    :ivar dict claims: what the sender says about himself, his signature checked
    :ivar str key: the key that he signed with
    :ivar int ttl: seconds for which the service keeps it
    """

    device: str
    payload: dict
    claims: dict
    key: str
    ttl: int


class Device:
    """A browser that has registered itself."""

    def __init__(self, name):
        self.name = name
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.public = self._key.public_key().public_bytes(*POINT)
        self._secret = b"sixteen bytes...".ljust(16, b".")

    @property
    def keys(self):
        return {"p256dh": encoded(self.public), "auth": encoded(self._secret)}

    def opened(self, body):
        """:return: what one body says, encrypted as "aes128gcm" (RFC 8188)"""
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        sender, sealed = body[21 : 21 + length], body[21 + length :]
        assert len(sealed) <= size and len(body) <= 4096, "one record, no longer than 4096 bytes"
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        info = b"WebPush: info\x00" + self.public + sender
        secret = derived(self._key.exchange(ec.ECDH(), public), self._secret, info, 32)
        key = derived(secret, salt, b"Content-Encoding: aes128gcm\x00", 16)
        nonce = derived(secret, salt, b"Content-Encoding: nonce\x00", 12)
        text = AESGCM(key).decrypt(nonce, sealed, None)
        assert text.endswith(b"\x02"), "the last record"
        return json.loads(text[:-1])


class PushService(FakeProvider):
    """:ivar list told: what the devices were told
    :ivar dict answers: name of a device → status, instead of 201
    """

    def __init__(self):
        super().__init__()
        self.devices, self.told, self.answers = {}, [], {}
        self.script = self._take

    def read_message(self, request):
        """:return: None: all that comes is told to a device"""

    def device(self, name):
        self.devices[name] = Device(name)
        return self.devices[name]

    def endpoint(self, name):
        return f"{self.url}/push/{name}"

    def _take(self, request):
        name = request.path.rpartition("/")[2]
        status = self.answers.get(name, 201)
        if status == 201:
            assert request.headers["Content-Encoding"] == "aes128gcm"
            claims, key = self._checked(request.headers["Authorization"])
            payload = self.devices[name].opened(request.body)
            self.told.append(Told(name, payload, claims, key, int(request.headers["TTL"])))
        return Answer(status)

    def _checked(self, authorization):
        """:return: (claims, key) of a signature that is right"""
        scheme, _space, rest = authorization.partition(" ")
        assert scheme == "vapid"
        parts = dict(part.strip().split("=", 1) for part in rest.split(","))
        signed, _dot, signature = parts["t"].rpartition(".")
        raw = decoded(signature)
        r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(parts["k"]))
        key.verify(utils.encode_dss_signature(r, s), signed.encode(), ec.ECDSA(hashes.SHA256()))
        return json.loads(decoded(signed.split(".")[1])), parts["k"]
