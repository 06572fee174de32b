"""What `celery multi` does to its users, and that it can't happen here.

Each test is driven through fleetctl, and on demand (``pytest -m multi``) through `celery multi`,
where the same body must fail.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import processes
from tests.support.brokers import free_port
from tests.support.fleets import Fleet
from tests.support.mains import Mains
from tests.support.multi import Driver
from tests.support.waiting import wait_until

ONE = {"w1": {"pool": "prefork", "concurrency": 1, "queues": ["celery"]}}
BROKEN_INCLUDE = 'from celery import Celery\napp = Celery("proj", include=["broken"])\n'
OF_NOBODY = """
import os
from celery import Celery
from celery.signals import worker_ready

app = Celery("proj")

@worker_ready.connect
def become_nobody(**_):
    os.setuid(65534)
"""
IMPATIENT = (
    'from celery import Celery\napp = Celery("proj")\n'
    "app.conf.broker_connection_retry_on_startup = False\n"
)


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    """A program that has nothing to do with Celery."""
    with subprocess.Popen(["sleep", "600"]) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_worker_that_died_while_importing_is_not_called_started(
    fleet: Fleet, driver: Driver
) -> None:
    fleet.module("proj", BROKEN_INCLUDE)
    fleet.module("broken", "raise RuntimeError('no such table')\n")
    fleet.write(ONE, app="proj:app")
    assert not driver.said_running(driver.start("w1"), "w1")


def test_a_worker_whose_broker_refuses_it_is_not_called_started(
    fleet: Fleet, driver: Driver
) -> None:
    fleet.environment["CELERY_BROKER_URL"] = f"redis://127.0.0.1:{free_port()}/0"
    fleet.module("proj", IMPATIENT)
    fleet.write(ONE, app="proj:app")
    assert not driver.said_running(driver.start("w1"), "w1")


def test_failures_and_unknown_commands_have_an_exit_status(fleet: Fleet, driver: Driver) -> None:
    fleet.module("proj", BROKEN_INCLUDE)
    fleet.module("broken", "raise RuntimeError('no such table')\n")
    fleet.write(ONE, app="proj:app")
    assert 0 not in [driver.start("w1").code, driver.run("frobnicate", "w1").code]


def test_a_program_that_merely_has_the_pid_is_never_signalled(
    fleet: Fleet, driver: Driver, bystander: subprocess.Popen[bytes]
) -> None:
    fleet.write(ONE)
    _write_pidfile(fleet.pidfile("w1"), bystander.pid)
    driver.stop("w1")
    assert _outlives(bystander, seconds=0.5)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can run a worker as somebody else")
def test_the_live_worker_of_another_user_is_not_run_twice(fleet: Fleet, driver: Driver) -> None:
    fleet.module("proj", OF_NOBODY)
    fleet.write(ONE, app="proj:app")
    with _worker_of_another_user(fleet) as stranger:
        # Root may signal anybody; an operator may not.
        fleet.prefix = ["setpriv", "--bounding-set=-kill", "--inh-caps=-kill"]
        driver.start("w1")
        assert fleet.pid("w1") == stranger
        fleet.prefix = []


def test_a_node_has_one_main_process_even_while_the_old_one_shuts_down_slowly(
    fleet: Fleet, driver: Driver
) -> None:
    mains = Mains(fleet)
    fleet.environment["SHUTDOWN_SECONDS"] = "8"
    fleet.write(ONE, app="proj:app")
    driver.start("w1")
    mains.wait_for_ups(1)
    driver.stopwait("w1")
    driver.start("w1")
    mains.wait_for_ups(2)
    assert mains.events() == ["up", "down", "up"]


def test_stopping_needs_no_options_repeated(fleet: Fleet, driver: Driver) -> None:
    mains = Mains(fleet)
    fleet.write(ONE, app="proj:app")
    driver.start("w1")
    mains.wait_for_ups(1)
    pid = fleet.pid("w1")
    driver.stopwait_by_name_alone("w1")
    assert not processes.alive(pid)


def test_no_beat_outlives_a_killed_worker(fleet: Fleet, driver: Driver) -> None:
    fleet.write({"w1": {**ONE["w1"], "options": {"-B": True}}})
    driver.start("w1")
    if fleet.pidfile("w1").exists():
        os.kill(fleet.pid("w1"), signal.SIGKILL)
    wait_until(lambda: not fleet.survivors(), timeout=8, what="nothing of it to be left")


def test_showing_what_would_run_creates_nothing(fleet: Fleet, driver: Driver) -> None:
    fleet.write(ONE)
    before = sorted(fleet.folder.rglob("*"))
    assert driver.show("w1").code == 0
    assert sorted(fleet.folder.rglob("*")) == before


def test_the_environment_does_not_override_what_the_fleet_says(
    fleet: Fleet, driver: Driver
) -> None:
    mains = Mains(fleet)
    fleet.write(ONE, app="proj:app")
    hijack = {"APP": "x", "CELERY_WORKER_QUEUES": "other", "CELERY_WORKER_CONCURRENCY": "7"}
    driver.start("w1", env=hijack)
    mains.wait_for_ups(1)
    (up,) = mains.entries()
    assert (up["queues"], up["concurrency"]) == (["celery"], 1)


@contextlib.contextmanager
def _worker_of_another_user(fleet: Fleet) -> Iterator[int]:
    """A real worker with w1's pidfile and name, of which `nobody` is the owner."""
    fleet.pidfile("w1").parent.mkdir()
    worker = ["-m", "celery", "-A", "proj:app", "worker", "-P", "solo", "-n", f"w1@{fleet.domain}"]
    with fleet.spawn([sys.executable, *worker, f"--pidfile={fleet.pidfile('w1')}"]) as process:
        status = Path(f"/proc/{process.pid}/status")
        try:
            wait_until(lambda: "Uid:\t65534" in status.read_text(), timeout=15, what="its owner")
            yield process.pid
        finally:
            process.kill()


def _write_pidfile(path: Path, pid: int) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(f"{pid}\n")


def _outlives(process: subprocess.Popen[bytes], *, seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return True
    return False
