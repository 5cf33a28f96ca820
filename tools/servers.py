"""Processes that `make run` starts, and the disk and the ports that they need."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections import deque
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = Path(os.environ["KALA_HOME"])
STOP_WITHIN = 20  # seconds a server may take to end before it is killed
INSTALL_NEEDS = 1  # GB of free disk before a database is made

LOG_LINE = re.compile(r"^\S+ \S+ \d+ (\w+) \S+ (\S+): (.*)")
LOADING = re.compile(r"Loading module (\w+) \((\d+)/(\d+)\)")
LOUD = ("ERROR", "CRITICAL")
NOISE = ("Running as user 'root'", "test_enable")


class Stop(Exception):
    """The run cannot go on; the text says why and what to do."""


def say(text):
    print(f"==> {text}", file=sys.stderr, flush=True)


def odoo_command(database, port, *arguments):
    command = [sys.executable, os.environ["ODOO_BIN"], "-d", database]
    listen = ["--http-interface", "127.0.0.1", "--http-port", str(port)]
    return [*command, *listen, *arguments]


class Server:
    """A child process with its output in a log file, warnings on the screen too."""

    def __init__(self, name, log, command, progress=False):
        self.name, self.progress = name, progress
        self.log = HOME / "log" / log
        self.log.parent.mkdir(exist_ok=True)
        self.last, self.loud = deque(maxlen=25), False
        self.process = subprocess.Popen(
            # When we are killed, so that nobody is left to stop it, it ends as well.
            ["setpriv", "--pdeathsig", "TERM", *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C reaches us only, and we stop it in order
            cwd=ROOT,
        )
        self.reader = threading.Thread(target=self.follow, daemon=True)
        self.reader.start()

    def follow(self):
        """Copy the output to the log; show warnings, errors and what follows them."""
        shown = False
        with self.log.open("wb") as log:
            for raw in self.process.stdout:
                with contextlib.suppress(OSError):  # a full disk must not stop Odoo
                    log.write(raw)
                    log.flush()
                line = raw.decode(errors="replace").rstrip()
                self.last.append(line)
                match = LOG_LINE.match(line)
                show = shown
                if match:
                    # Of an error the traceback too. Odoo's deprecations nobody can mend.
                    shown = match[1] in LOUD
                    show = shown or (match[1] == "WARNING" and match[2] != "py.warnings")
                    if self.progress:
                        self.show_progress(match[3])
                if show and not any(noise in line for noise in NOISE):
                    self.loud = True
                    print(line, file=sys.stderr, flush=True)

    def show_progress(self, message):
        step = LOADING.match(message)
        if step and sys.stderr.isatty():
            print(f"\r    {step[2]}/{step[3]} {step[1]:<40}", end="\r", file=sys.stderr)
        elif step and int(step[2]) % 20 == 0:
            print(f"    {step[2]}/{step[3]} {step[1]}", file=sys.stderr, flush=True)

    def wait(self):
        status = self.process.wait()
        self.reader.join(timeout=5)
        return status

    def ended(self):
        return self.process.poll() is not None

    def obituary(self):
        """Why it ended, as far as its last words tell."""
        words = "\n".join(self.last)
        if "No space left on device" in words or free_gigabytes() < 0.2:
            return full_disk()
        ended = f"{self.name} ended with status {self.process.returncode}."
        if self.loud:
            return f"{ended} The reason is above, and more in {self.log}"
        return f"{ended} Its last words, more of them in {self.log}:\n{words}"

    def stop(self):
        """End it and its workers: asked first, then killed."""
        if not self.ended():
            self.process.terminate()
            try:
                self.process.wait(STOP_WITHIN)
            except subprocess.TimeoutExpired:
                say(f"{self.name} did not end in {STOP_WITHIN} s and is killed")
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def free_gigabytes():
    return shutil.disk_usage(HOME).free / 2**30


def full_disk():
    return (
        f"the disk of {HOME} is full ({free_gigabytes():.1f} GB left). Free some, or "
        "set KALA_HOME to a folder on another disk, then run it again."
    )


def enough_space():
    if free_gigabytes() < INSTALL_NEEDS:
        raise Stop(full_disk())


def free_ports(count):
    """Ports that nobody listens on at the moment."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def check_port(host, port):
    """Stop, with what to do, when the port cannot be listened on."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            probe.listen()
    except PermissionError as error:
        raise Stop(
            f"port {port} is for root only. Choose one above 1023: make run PORT=8070"
        ) from error
    except OSError as error:
        raise Stop(
            f"port {port} on {host} cannot be used: {error.strerror}. Stop the program "
            "that has it, or choose another port: make run PORT=8070"
        ) from error
