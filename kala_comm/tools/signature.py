"""Proofs that a request is a provider's, compared in constant time (SC1)."""

import hashlib
import hmac


def is_signed(secret, body, given, prefix=""):
    """:param str secret: what the provider and we know; empty: nothing is signed by it
    :param bytes body: exactly as it came
    :param str given: the signature that came along
    :param str prefix: what stands before it
    :return: whether it is the SHA-256 HMAC of the body"""
    if not secret:
        return False
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return is_same(f"{prefix}{expected}", given)


def is_signed_by_hub(secret, inbound):
    """:param InboundRequest inbound: of a hub (W3C WebSub), which signs the bytes of the body
    :return: whether the signature in its head is made with the secret"""
    given = inbound.headers.get("x-hub-signature-256")
    return is_signed(secret, inbound.body, given, "sha256=")


def is_same(expected, given):
    """:return: whether two texts are the same, whatever is in them"""
    return hmac.compare_digest(expected.encode(), (given or "").encode("utf-8", "replace"))


def hub_challenge(query, token):
    """Answer the question of a hub (W3C WebSub) whether we want its events.

    :param query: (name, value) pairs
    :param str token: what we told the hub
    :return: what it wants to read, or None to refuse"""
    asked = dict(query)
    is_ours = asked.get("hub.mode") == "subscribe" and is_same(
        token, asked.get("hub.verify_token", "")
    )
    return asked.get("hub.challenge") if is_ours else None
