"""Recipients of a mass send prepared per second, to Odoo's mass SMS composer; and 100,000."""

import resource
import threading
import time
from pathlib import Path
from types import SimpleNamespace

from . import crowd
from .report import Row
from .rig import HOST, median, percentile

GOAL_PEER, GOAL_SIZE = 3, 0.85
SMALL, LARGE = 10_000, 100_000
ROUNDS = 3
TEXT = "Hello {{ first_name }}, we are open."
PEER_TEXT = "Hello {{ object.contact_name }}, we are open."
#: Seconds between two looks of the user, and until the preparing is given up.
LOOK, PATIENCE = 0.2, 600
#: What the job's process may grow by while 100,000 are prepared, and how much longer the user
#: may wait for a page meanwhile (seconds, 95th percentile).
GOAL_GROWTH, GOAL_WAIT = "100 MB", 1.0


def prepare(env, leads):
    """Inside Odoo: leads to write to, and a line that keeps what it is given."""
    env.company.country_id = env.ref("base.il")
    with crowd.without_indexes(env, "crm_lead", "kala_contact_point"):
        crowd.leads(env, leads, customers=1, first_customer=env.company.partner_id.id)
    env.cr.execute("UPDATE crm_lead SET partner_id = NULL, contact_name = 'Dana'")
    env.cr.commit()  # pylint: disable=invalid-commit
    env.cr.execute("ANALYZE")
    connection = env["kala.connection"].create({"name": "Benchmark", "provider": "sandbox"})
    env["kala.line"].create(
        {
            "name": "Benchmark line",
            "channel": "sms",
            "connection_id": connection.id,
            "address": "+97231234567",
        }
    )
    connection.action_connect()
    connection.action_pause()
    env["ir.config_parameter"].set_param("mail.restrict.template.rendering", "")


def start(env, count):
    """Inside Odoo: a mass send to the first leads.

    :return: its id
    """
    leads = env["crm.lead"].search([], order="id", limit=count)
    values = {
        "name": "Benchmark",
        "model": "crm.lead",
        "channel": "sms",
        "domain": f"[('id', '<=', {max(leads.ids)})]",
        "body": TEXT,
    }
    mass = env["kala.mass.send"].create(values)
    mass.action_start()
    return mass.id


def ours(env, count):
    """Inside Odoo: prepare a mass send as its job does.

    :return: dict: recipients per second, growth of the process in MB
    """
    mass = env["kala.mass.send"].browse(start(env, count))
    env.cr.commit()  # pylint: disable=invalid-commit
    memory, begun = _peak(), time.monotonic()
    while mass._prepare_chunk():
        env.cr.commit()  # pylint: disable=invalid-commit
        env.invalidate_all()
    env.cr.commit()  # pylint: disable=invalid-commit
    seconds = time.monotonic() - begun
    if mass.total != count or mass.skipped:
        raise RuntimeError(f"{mass.total} of {count} were prepared, {mass.skipped} skipped")
    return {"rate": count / seconds, "growth": _peak() - memory}


def peer(env, count, note):
    """Inside Odoo: queue the same with Odoo's composer.

    :param bool note: keep a note on each record, as the composer does unless told otherwise: of
        its queue nothing is left after sending, so this is all that a record knows
    :return: recipients per second
    """
    leads = env["crm.lead"].search([], order="id", limit=count)
    env.invalidate_all()
    begun = time.monotonic()
    composer = env["sms.composer"].create(
        {
            "composition_mode": "mass",
            "res_model": "crm.lead",
            "res_ids": str(leads.ids),
            "body": PEER_TEXT,
            "mass_keep_log": note,
            "mass_force_send": False,
        }
    )
    composer._action_send_sms()
    env.cr.commit()  # pylint: disable=invalid-commit
    seconds = time.monotonic() - begun
    queued = env["sms.sms"].search_count([("state", "=", "outgoing")])
    if queued != count:
        raise RuntimeError(f"Odoo queued {queued} of {count}")
    env.cr.execute("DELETE FROM sms_sms")
    return count / seconds


def _peak():
    """:return: MB that this process has used at the most"""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Watch:
    """A user who looks at the progress and goes on working, while the job prepares."""

    def __init__(self, server, mass_id):
        from tests.support.client import Odoo

        where = SimpleNamespace(
            url=f"http://{HOST}:{server.port}", database=SimpleNamespace(name=server.database)
        )
        self.odoo, self.mass_id, self.waits, self.seen = Odoo(where), mass_id, [], []
        self.group, self.memory = server.process.pid, []

    def look(self):
        """:return: whether the preparing is over"""
        begun = time.monotonic()
        names = ("total", "waiting", "sent", "failed", "skipped", "is_prepared")
        row = self.odoo.read("kala.mass.send", self.mass_id, *names)
        self.odoo.call("crm.lead", "web_search_read", [], {"name": {}}, limit=80)
        self.waits.append(time.monotonic() - begun)
        if row["total"] != row["waiting"] + row["sent"] + row["failed"] + row["skipped"]:
            raise RuntimeError(f"the progress is wrong: {row}")
        if self.seen and row["total"] < self.seen[-1]:
            raise RuntimeError(f"the progress goes back: {self.seen[-1]} → {row['total']}")
        self.seen.append(row["total"])
        self.memory.append(_largest(self.group))
        return row["is_prepared"]


def _largest(group):
    """:return: MB of the largest process of a process group"""
    sizes = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        if int(fields[2]) == group:
            sizes.append(int(fields[21]) * resource.getpagesize() / 2**20)
    return max(sizes)


def run(bench):
    small, large = bench.scale(SMALL), bench.scale(LARGE)
    database = bench.database(("kala_comm",))
    bench.inside(database, "qu06:prepare", leads=large)
    own, other, bare, many = [], [], [], []
    for _turn in range(ROUNDS):
        own.append(bench.inside(database, "qu06:ours", count=small)["rate"])
        other.append(bench.inside(database, "qu06:peer", count=small, note=True))
        bare.append(bench.inside(database, "qu06:peer", count=small, note=False))
        many.append(bench.inside(database, "qu06:ours", count=large))
    with bench.server(database, cron=2) as server:
        watch = _living(bench, server, database, large)
    bench.drop(database)
    to_peer = median(a / b for a, b in zip(own, other, strict=True))
    to_bare = median(a / b for a, b in zip(own, bare, strict=True))
    to_small = median(a["rate"] / b for a, b in zip(many, own, strict=True))
    growth, wait = watch.memory[-1] - watch.memory[0], percentile(watch.waits, 0.95)
    return [
        Row(
            "QU6",
            f"mass send: {small:,} recipients prepared and logged, to Odoo's mass SMS composer",
            f"≥ {GOAL_PEER} ×",
            f"{median(own):.0f}/s",
            f"{median(other):.0f}/s",
            to_peer,
            to_peer >= GOAL_PEER,
            {"ours": own, "peer": other},
        ),
        Row(
            "QU6",
            "the same, to the composer without its note: nothing is logged there",
            "printed",
            f"{median(own):.0f}/s",
            f"{median(bare):.0f}/s",
            to_bare,
            details={"ours": own, "peer": bare},
        ),
        Row(
            "QU6",
            f"mass send: {large:,} recipients prepared, to {small:,}",
            f"≥ {GOAL_SIZE} ×",
            f"{median(m['rate'] for m in many):.0f}/s",
            f"{median(own):.0f}/s",
            to_small,
            to_small >= GOAL_SIZE,
            {"large": many, "small": own},
        ),
        Row(
            "QU6",
            f"{large:,} recipients beside a user: memory grows, his page takes (p95)",
            f"≤ {GOAL_GROWTH}, ≤ {GOAL_WAIT:.0f} s",
            f"{growth:.0f} MB, {wait:.2f} s",
            "",
            passed=growth <= int(GOAL_GROWTH.split()[0]) and wait <= GOAL_WAIT,
            details={"MB": watch.memory, "seconds": watch.waits, "progress": watch.seen},
        ),
    ]


def _living(bench, server, database, count):
    """Prepare a mass send on a running server while a user works.

    :return: the Watch
    """
    mass_id = bench.inside(database, "qu06:start", count=count)
    watch, end = Watch(server, mass_id), time.monotonic() + PATIENCE
    pause = threading.Event()
    while not watch.look():
        if time.monotonic() > end:
            raise RuntimeError(f"only {watch.seen[-1]} of {count} were prepared")
        pause.wait(LOOK)
    if watch.seen[-1] != count:
        raise RuntimeError(f"{watch.seen[-1]} of {count} were prepared")
    return watch
