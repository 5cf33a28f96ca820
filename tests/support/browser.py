"""A real browser in front of a real server; what it does is in tests/browser/flows.mjs."""

import json
import os
import shutil
import socket
import subprocess
import sys

from .database import ROOT, TOOLS
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
    """The proxy that joins Odoo's two ports: a browser knows one address only.

    :ivar str url: what people type into the browser
    """

    def __init__(self, server):
        (self.port,) = free_ports(1)
        self.url = f"http://127.0.0.1:{self.port}"
        self._process = subprocess.Popen(
            [
                sys.executable,
                TOOLS / "proxy.py",
                f"--listen=127.0.0.1:{self.port}",
                f"--http={server.http_port}",
                f"--gevent={server.gevent_port}",
            ]
        )
        until(self._answers, 30, "the proxy to listen")

    def _answers(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def stop(self):
        self._process.terminate()
        self._process.wait()


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
