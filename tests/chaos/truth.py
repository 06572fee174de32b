"""What really runs, by the nodes' own app: fleetctl's word is held against this, not asked for it.

Every main process writes a line before anything else of it runs, and locks a file of its
nodename's for as long as it lives: a second one that finds it locked writes ``duplicate``.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from tests.support import processes
from tests.support.fleets import Fleet
from tests.support.ledger import Ledger
from tests.support.waiting import wait_until

MODULE = "truthful"
APP = f"{MODULE}:app"
SOURCE = """
import fcntl, hashlib, json, os, sys, time
from celery import Celery, Task

HERE = os.environ["CHAOS_TRUTH"]
app = Celery("truthful")
app.conf.broker_connection_retry_on_startup = True
app.conf.broker_connection_max_retries = None
app.conf.result_backend_always_retry = bool(os.environ.get("CHAOS_ALWAYS_RETRY"))


def note(file, **entry):
    line = json.dumps({**entry, "at": time.time()}) + "\\n"
    descriptor = os.open(os.path.join(HERE, file), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    os.write(descriptor, line.encode())
    os.close(descriptor)


def boot():
    (name,) = [word.partition("=")[2] for word in sys.argv if word.startswith("--hostname=")]
    with open("/proc/self/stat") as stat:
        ticks = int(stat.read().rpartition(")")[2].split()[19])
    about = {"node": name.partition("@")[0], "nodename": name, "pid": os.getpid(), "ticks": ticks}
    note("mains", event="boot", **about)
    lock = os.open(os.path.join(HERE, "lock-" + name), os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        note("mains", event="duplicate", **about)


class Noted(Task):
    def __call__(self, *args, **kwargs):
        again = bool((self.request.delivery_info or {}).get("redelivered"))
        note("ledger", event="start", id=self.request.id, pid=os.getpid(), again=again)
        result = super().__call__(*args, **kwargs)
        note("ledger", event="end", id=self.request.id, pid=os.getpid())
        return result


@app.task(base=Noted, name="chaos.take")
def take(seconds=0.0):
    time.sleep(seconds)
    return seconds


@app.task(base=Noted, name="chaos.hog")
def hog(seconds):
    # One call of C: no signal handler of Python runs meanwhile.
    began, rounds = time.monotonic(), 100_000
    hashlib.pbkdf2_hmac("sha256", b"", b"", rounds)
    each = (time.monotonic() - began) / rounds
    hashlib.pbkdf2_hmac("sha256", b"", b"", int(seconds / each))
    return seconds


@app.task(base=Noted, name="chaos.leave")
def leave(code=3):
    os._exit(code)


if "worker" in sys.argv and "--probe" not in sys.orig_argv:
    boot()
"""


@dataclass(frozen=True, slots=True)
class Main:
    """A main process that has begun: ``node`` is its node's name."""

    node: str
    nodename: str
    pid: int
    ticks: int

    @property
    def alive(self) -> bool:
        """Whether this very process lives."""
        return processes.alive(self.pid) and processes.start_ticks(self.pid) == self.ticks


class Truth:
    """The lines of one fleet's mains and tasks."""

    def __init__(self, fleet: Fleet) -> None:
        self.folder = fleet.folder / "truth"
        self.folder.mkdir()
        self.folder.chmod(0o777)
        self.ledger = Ledger(self.folder / "ledger")
        fleet.environment["CHAOS_TRUTH"] = str(self.folder)
        fleet.module(MODULE, SOURCE)

    def boots(self) -> list[Main]:
        """Every main process there ever was, oldest first."""
        return [_main(entry) for entry in self._mains() if entry["event"] == "boot"]

    def boots_of_each(self) -> Counter[str]:
        """How many main processes each node has ever had."""
        return Counter(main.node for main in self.boots())

    def living(self) -> dict[str, int]:
        """The living main process of each node; raises AssertionError where there are two."""
        living = [main for main in self.boots() if main.alive]
        twice = [name for name, count in Counter(m.nodename for m in living).items() if count > 1]
        assert not twice, f"two main processes of {twice} live: {living}"
        return {main.node: main.pid for main in living}

    def check_no_duplicate_ever(self) -> None:
        """Raise AssertionError if any two mains of one nodename ever lived at the same time."""
        twice = [entry for entry in self._mains() if entry["event"] == "duplicate"]
        assert not twice, f"there were two main processes of one nodename: {twice}"

    def started(self) -> Counter[str]:
        """How often each task has begun."""
        return self.ledger.count("start")

    def ended(self) -> Counter[str]:
        """How often each task has come to its end."""
        return self.ledger.count("end")

    def ends(self) -> int:
        """How many tasks have come to their end, without a look at which."""
        path = self.ledger.path
        return path.read_bytes().count(b'"event": "end"') if path.exists() else 0

    def _mains(self) -> list[dict[str, Any]]:
        return Ledger(self.folder / "mains").entries()


def _main(entry: dict[str, Any]) -> Main:
    return Main(entry["node"], entry["nodename"], entry["pid"], entry["ticks"])


def is_bug(output: str) -> bool:
    """Whether fleetctl itself broke; what a node printed stands behind the node's name."""
    lines = output.splitlines()
    return "this is a bug in fleetctl" in output or any(
        line.startswith("Traceback") for line in lines
    )


def history(fleet: Fleet, *names: str) -> list[dict[str, Any]]:
    """The entries of `history --json`."""
    result = fleet.run("history", "--json", *names)
    assert result.code == 0, result
    entries: list[dict[str, Any]] = json.loads(result.stdout)["entries"]
    return entries


def check_status(fleet: Fleet, truth: Truth) -> dict[str, dict[str, Any]]:
    """The rows of `status`, which must fit what really runs, before it was asked or after."""
    before = truth.living()
    rows = fleet.status()
    after = truth.living()
    for name, row in rows.items():
        running = row["state"] in ("ready", "starting", "draining", "disconnected", "unresponsive")
        if running:
            known = {before.get(name), after.get(name)} - {None}
            begun = row["state"] in ("starting", "draining") and processes.alive(row["pid"])
            assert row["pid"] in known or begun, f"{name} is said to be {row}, but {known} run"
        else:
            both = name in before and before[name] == after.get(name)
            assert not both, f"{name} is said to be {row}, but {before[name]} lives"
    unseen = {n for n in before if before[n] == after.get(n)} - rows.keys()
    assert not unseen, f"status has no row for {unseen}"
    return rows


def check_convergence(fleet: Fleet, truth: Truth) -> None:
    """`start all` must bring every node up, once each, and `stopwait all` leave nothing behind."""
    result = fleet.run("start", "all")
    assert result.code == 0, f"start all doesn't converge: {result}"
    rows = check_status(fleet, truth)
    states = {name: row["state"] for name, row in rows.items()}
    assert set(states.values()) == {"ready"}, f"not all are ready after start all: {states}"
    assert {name: row["pid"] for name, row in rows.items()} == truth.living()
    check_end(fleet, truth)


def check_end(fleet: Fleet, truth: Truth) -> None:
    """`stopwait all` must end everything, orphans and launchers too, and there never were two."""
    result = fleet.run("stopwait", "all")
    assert result.code == 0, f"stopwait all fails: {result}"
    assert truth.living() == {}, "something lives after stopwait all"
    wait_until(
        lambda: not fleet.survivors(),
        timeout=10,
        what="nothing of the fleet to be left",
        detail=fleet.survivors,
    )
    truth.check_no_duplicate_ever()
