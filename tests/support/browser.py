"""A real browser in front of a real server; what it does is in tests/browser/flows.mjs."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from tools import front

from .database import ROOT
from .server import free_ports
from .waiting import until

#: Seconds a whole flow may take; the processors may be busy with other things.
PATIENCE = 240
#: Where node finds playwright-core.
MODULES = (
    os.environ.get("NODE_PATH"),
    os.path.join(os.environ.get("KALA_HOME", ""), "node", "node_modules"),
)
#: Where flows leave pictures of what they saw; empty: nowhere.
PICTURES = os.environ.get("KALA_TESTS_PICTURES", "")


class Front:
    """nginx, which joins Odoo's two ports: a browser knows one address only.

    :param int http_port: of Odoo
    :param int gevent_port: of Odoo's websockets
    :param str host: address to listen on
    :ivar str url: what people type into the browser
    """

    def __init__(self, http_port, gevent_port, host="127.0.0.1"):
        (self.port,) = free_ports(1)
        self._host = host
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = tempfile.TemporaryDirectory(prefix="kala-systest-nginx-")
        folder = Path(self._folder.name)
        self._process = subprocess.Popen(
            front.command(folder, host, self.port, http_port, gevent_port)
        )
        until(self._answers, 30, "nginx to listen")

    def _answers(self):
        assert self._process.poll() is None, "nginx ended at once, see its words above"
        address = "::1" if ":" in self._host else "127.0.0.1"
        try:
            socket.create_connection((address, self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def stop(self):
        self._process.terminate()
        self._process.wait()
        self._folder.cleanup()


def play(flow, **facts):
    """Play a flow; what the browser complained about is in the error.

    :param str flow: name of an exported function of ``flows.mjs``
    :param facts: what the flow gets
    :return: what the flow returns
    :raise AssertionError: with the flow's own words, if a step did not happen
    """
    done = subprocess.run(
        ["node", ROOT / "tests" / "browser" / "flows.mjs", flow],
        input=json.dumps({**facts, "chromium": shutil.which("chromium"), "pictures": PICTURES}),
        env={**os.environ, "NODE_PATH": os.pathsep.join(filter(None, MODULES))},
        text=True,
        capture_output=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, f"{flow}: {done.stderr or done.stdout}"
    return json.loads(done.stdout.splitlines()[-1])
