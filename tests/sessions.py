"""The sessions that the README shows, run for real: each gives what its user would see."""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from fleetctl.sample.application import SHARED_EXCHANGES
from tests.support.fleets import FLEETCTL, Fleet
from tests.support.terminal import Terminal
from tests.support.waiting import wait_until

ROOT = Path(__file__).parent.parent
ROOMY = 88
"""As 80 columns look with short numbers: large ones must not cost the table a column."""

WITHOUT_BREAKS = 200
SAMPLE_FLEET = (ROOT / "fleet.yaml").read_text(encoding="utf-8")

PLAIN = """\
app: shop.celery:app
defaults: {loglevel: info, without_mingle: true, without_gossip: true}
workers:
  w1: {pool: solo, queues: [celery]}
  w2: {pool: solo, queues: [celery]}
  mail: {pool: solo, queues: [mail]}
"""
FAILING = """\
app: shop.celery:app
workers:
  default: {concurrency: 2}
  crunch: {replicas: 3, queues: [crunch]}
"""
APP = """\
import os
from celery import Celery

folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "messages")
os.makedirs(folder, exist_ok=True)
app = Celery("shop", broker="filesystem://", include=["shop.tasks"])
app.conf.broker_transport_options = {
    "data_folder_in": folder, "data_folder_out": folder, "control_folder": folder,
}
"""
OLD_SETTINGS = """\
import os
from kombu import Queue

BROKER_URL = os.environ["BROKER_URL"]
CELERY_RESULT_BACKEND = f"{BROKER_URL}/1"
CELERY_QUEUES = [Queue("celery"), Queue("mail")]
CELERYD_CONCURRENCY = 4; CELERYD_POOL = "threads"
CELERY_ENABLE_UTC = False
# CELERYD_MAX_TASKS_PER_CHILD = 100
"""
OLD_TASKS = """\
from celery import Celery

import celeryconfig

app = Celery("shop")
app.config_from_object(celeryconfig)
app.conf.CELERY_TIMEZONE = "Europe/Oslo"
print(celeryconfig.BROKER_URL)
"""
BROKEN = """\
app: shop.celery:app
workers:
  crunch:
    pool: prefrok
    concurrency: yes
  mail:
    pool: gevent
    queues: [mail]
    max_tasks_per_child: 100
groups:
  web: [mial]
"""


def in_terminal(fleet: Fleet, line: str, columns: int = ROOMY) -> str:
    """What ``fleetctl …`` leaves on a terminal."""
    with Terminal(
        command(line), folder=fleet.folder, environ=fleet.environment, columns=columns
    ) as terminal:
        terminal.wait()
        return terminal.text()


def in_a_pipe(fleet: Fleet, line: str) -> str:
    """What it writes where nobody watches, both streams in the order in which they are."""
    process = fleet.spawn(command(line))
    output, _ = process.communicate(timeout=120)
    return output


def command(line: str) -> list[str]:
    """The words of ``fleetctl …``, run as it is installed here."""
    return [str(FLEETCTL), *shlex.split(line)[1:]]


def sample(fleet: Fleet, *names: str) -> None:
    """The repository's own fleet.yaml, as it stands; `names` of it are started."""
    fleet.path.write_text(SAMPLE_FLEET)
    if names:
        fleet.start(*names)


def shop(fleet: Fleet, text: str = PLAIN) -> None:
    """A small project of one's own."""
    (fleet.folder / "shop").mkdir()
    for name, source in (("__init__", ""), ("celery", APP), ("tasks", ""), ("billing", "")):
        (fleet.folder / "shop" / f"{name}.py").write_text(source)
    # kombu fills these a moment after it made them, and nodes that start together look in between.
    (fleet.folder / "messages").mkdir()
    for exchange in SHARED_EXCHANGES:
        (fleet.folder / "messages" / f"{exchange}.exchange").write_text("[]")
    fleet.path.write_text(text)


def send(fleet: Fleet, number: int, queue: str, seconds: float = 600) -> None:
    """Give the sample fleet something to do."""
    words = ["slow", "-s", str(seconds), "-n", str(number), "-q", queue]
    result = fleet.command([sys.executable, "-m", "fleetctl.sample", *words])
    assert result.code == 0, result


def wait_for_tasks(fleet: Fleet, **counts: int) -> None:
    """Until each of these nodes runs as many tasks."""

    def busy() -> bool:
        rows = fleet.status(*counts)
        return all(len(rows[name]["active"] or ()) == count for name, count in counts.items())

    wait_until(busy, timeout=60, what=f"tasks: {counts}", detail=lambda: fleet.run("status"))


def kill(fleet: Fleet, name: str) -> None:
    """Kill a node's main process, as nobody should."""
    os.kill(fleet.pid(name), signal.SIGKILL)
    fleet.wait_for_state(name, "crashed")


def start_and_status(fleet: Fleet) -> str:
    sample(fleet)
    return f"{in_terminal(fleet, 'fleetctl start')}\n\n{in_terminal(fleet, 'fleetctl status')}"


def failing_start(fleet: Fleet) -> str:
    shop(fleet, FAILING)
    (fleet.folder / "shop/payments.py").write_text("import stripe\n")
    (fleet.folder / "shop/tasks.py").write_text("from shop import payments\n")
    return in_terminal(fleet, "fleetctl start", WITHOUT_BREAKS)


def crashed_status(fleet: Fleet) -> str:
    sample(fleet, "crunch", "files")
    send(fleet, 1, "crunch")
    wait_for_tasks(fleet, crunch=1)
    kill(fleet, "crunch")
    return in_terminal(fleet, "fleetctl status crunch files")


def draining(fleet: Fleet) -> str:
    sample(fleet, "crunch", "files", "mail")
    send(fleet, 2, "mail")
    send(fleet, 3, "files")
    wait_for_tasks(fleet, files=3, mail=2)
    words = command("fleetctl stopwait mail crunch files")
    with Terminal(words, folder=fleet.folder, environ=fleet.environment) as terminal:
        return terminal.until(lambda seen: seen.count("sample.slow") == 5 and "QUIT in" in seen)


def rolling(fleet: Fleet) -> str:
    shop(fleet)
    fleet.start()
    return in_a_pipe(fleet, "fleetctl restart all")


def preflight(fleet: Fleet) -> str:
    shop(fleet)
    fleet.start()
    (fleet.folder / "shop/tasks.py").write_text("# tasks\n\nfrom shop.billing2 import bill\n")
    return in_terminal(fleet, "fleetctl restart all").replace("billing2", "billing")


def halted(fleet: Fleet) -> str:
    shop(fleet)
    fleet.start()
    (fleet.folder / "shop/tasks.py").write_text("raise ValueError\n")
    return in_terminal(fleet, "fleetctl restart all --no-preflight")


def killed(fleet: Fleet) -> str:
    sample(fleet, "files")
    send(fleet, 1, "files")
    wait_for_tasks(fleet, files=1)
    return in_terminal(fleet, "fleetctl kill files", WITHOUT_BREAKS)


def told(fleet: Fleet) -> str:
    sample(fleet, "crunch", "mail")
    send(fleet, 1, "crunch")
    wait_for_tasks(fleet, crunch=1)
    kill(fleet, "crunch")
    fleet.run("stopwait", "mail")
    fleet.path.write_text(SAMPLE_FLEET.replace("concurrency: 2", "concurrency: 3"))
    fleet.start("crunch")
    return in_terminal(fleet, "fleetctl history")


def drifted(fleet: Fleet) -> str:
    sample(fleet, "crunch")
    fleet.path.write_text(SAMPLE_FLEET.replace("concurrency: 2", "concurrency: 4"))
    return in_terminal(fleet, "fleetctl start crunch")


def shown(fleet: Fleet) -> str:
    sample(fleet)
    return in_terminal(fleet, "fleetctl show mail", WITHOUT_BREAKS)


def validated(fleet: Fleet) -> str:
    fleet.path.write_text(BROKEN)
    return in_terminal(fleet, "fleetctl validate", WITHOUT_BREAKS)


def begun(fleet: Fleet) -> str:
    shop(fleet)
    fleet.path.unlink()
    line = "-A shop -l INFO -Q:1-3 images,video -Q:4,5 data -Q default -L:4,5 DEBUG"
    return in_terminal(fleet, f"fleetctl init -- start 10 {line}", WITHOUT_BREAKS)


def upgraded(fleet: Fleet) -> str:
    (fleet.folder / "celeryconfig.py").write_text(OLD_SETTINGS)
    (fleet.folder / "tasks.py").write_text(OLD_TASKS)
    fleet.environment["BROKER_URL"] = "memory://"
    return in_terminal(fleet, "fleetctl upgrade-settings --verify .", WITHOUT_BREAKS)


Session = Callable[[Fleet], str]

SESSIONS: dict[str, Session] = {
    "$ fleetctl start\n✔": start_and_status,
    "$ fleetctl start\n✖": failing_start,
    "$ fleetctl start crunch\n": drifted,
    "$ fleetctl status crunch files\n": crashed_status,
    "$ fleetctl stopwait mail crunch files\n": draining,
    "$ fleetctl restart all | tee": rolling,
    "$ fleetctl restart all\nerror:": preflight,
    "! the restart has halted\n": halted,
    "$ fleetctl kill files\n": killed,
    "$ fleetctl history\n": told,
    "$ fleetctl show mail\n": shown,
    "$ fleetctl init -- start 10 ": begun,
    "$ fleetctl validate\n": validated,
    "$ fleetctl upgrade-settings --verify .\n": upgraded,
}
"""How each session of the README begins, and what makes it."""

SHOWN_ONLY = {
    "$ fleetctl init --adopt\n": "tests/test_adopt.py does it, with workers of `celery multi`",
    "$ fleetctl logs -f": "tests/test_logs.py follows such nodes, in a terminal",
    "$ fleetctl logs --task": "tests/test_logs.py has a task retried, on two nodes",
}
"""Sessions that aren't made anew, and why."""


def normal(text: str, fleet: Fleet) -> str:
    """`text` without what differs from one run to the next: moments, pids, places, breaks."""
    text = re.sub(r"^\$ .*\n", "", text, flags=re.MULTILINE)
    for pattern, instead in (
        (re.escape(str(fleet.folder)), "/srv/shop"),
        (re.escape(str(Path(sys.executable).parent)) + r"/\S*python\S*", ".venv/bin/python"),
        *_PATTERNS,
        (rf"@{re.escape(socket.gethostname())}\b", "@web3"),
    ):
        text = re.sub(pattern, instead, text)
    return " ".join(text.split())


_PATTERNS = (
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "ID"),
    (r"\[[0-9a-f]{8}\]", "[ID]"),
    (r"\b\d\d-\d\d \d\d:\d\d:\d\d", "WHEN"),
    (r"(< )?\b(\d+ [smhd]( \d+ [smhd])?|\d+\.\d s)\b", "TIME"),
    (r"\b\d+(\.\d)? [KMG]\b", "SIZE"),
    (r"\b\d+ %", "PERCENT"),
    (r" ago\b", ""),
    (r"\bpid \d+", "pid N"),
    (r"(?<=ready )  *\d+ ", "PID "),
    (r"\b\d+/\d+\b", "TASKS"),
    (r"\bWHO: (root|celery)\b", "WHO: USER"),
)
