"""nginx in front of Odoo's two ports: docs/nginx.conf, with the ports of one run.

Everything that nginx writes is in a folder of the run, so any user may start it and it meets no
other nginx of the machine.
"""

import os
import socket
from pathlib import Path

SITE = Path(__file__).resolve().parent.parent / "docs" / "nginx.conf"
#: What nginx itself needs around a site: it stays in the foreground and writes into one folder.
FRAME = """\
daemon off;
{user}pid "{folder}/pid";
error_log stderr;
worker_processes 1;
events {{}}
http {{
access_log off;
client_body_temp_path "{folder}/body";
proxy_temp_path "{folder}/proxy";
fastcgi_temp_path "{folder}/fastcgi";
uwsgi_temp_path "{folder}/uwsgi";
scgi_temp_path "{folder}/scgi";
{site}}}
"""


def command(folder, host, port, http_port, gevent_port):
    """Write the configuration of one run.

    :param Path folder: for the configuration and for all that nginx writes; made when missing
    :param str host: address to listen on; 127.0.0.1 includes ::1
    :param int http_port: of Odoo on 127.0.0.1
    :param int gevent_port: of Odoo's websockets on 127.0.0.1
    :return: list: the command that runs nginx; SIGTERM ends it
    """
    folder.mkdir(parents=True, exist_ok=True)
    listen = "\n".join(f"listen {address}:{port};" for address in _addresses(host))
    site = SITE.read_text()
    for before, after in (
        ("listen 80;", listen),
        ("server 127.0.0.1:8069;", f"server 127.0.0.1:{http_port};"),
        ("server 127.0.0.1:8072;", f"server 127.0.0.1:{gevent_port};"),
    ):
        if site.count(before) != 1:
            raise ValueError(f"{SITE} must have the line {before!r} once")
        site = site.replace(before, after)
    # Started by root, nginx would take another user, who may not write into the folder.
    user = "" if os.geteuid() else "user root;\n"
    configuration = folder / "nginx.conf"
    configuration.write_text(FRAME.format(user=user, folder=folder, site=site))
    return ["nginx", "-e", "stderr", "-c", str(configuration)]


def _addresses(host):
    """:return: list of addresses as nginx writes them; browsers try ::1 first for "localhost", and
    a machine may have no IPv6"""
    if host == "127.0.0.1" and _has_ipv6():
        return [host, "[::1]"]
    return [f"[{host}]" if ":" in host else host]


def _has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True
