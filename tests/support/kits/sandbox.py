import json

from ..client import Post
from .base import Kit


class Sandbox(Kit):
    """No provider at all: what leaves has arrived (AD2)."""

    code = "sandbox"
    reports = ()
    signs = False

    def incoming(self, sender, text, uid=None, name="Dana", **values):
        body = {"from": sender, "text": text, "id": uid or self.new_uid(), "name": name}
        return Post(json.dumps({**body, **values}).encode(), {"Content-Type": "application/json"})
