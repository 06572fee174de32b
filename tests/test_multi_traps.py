"""More of what `celery multi` does to its users: signals it passes on, words it swallows.

As tests/test_multi_failures.py: driven through fleetctl, and on demand through `celery multi`.
"""

from __future__ import annotations

import os
import signal
import subprocess

import pytest
from celery.utils.nodenames import node_format

from tests.conftest import MakeFleet
from tests.support import processes
from tests.support.fleets import SAMPLE, Fleet
from tests.support.mains import Mains
from tests.support.multi import Driver
from tests.support.tasks import Tasks
from tests.support.waiting import wait_until

ONE = {"w1": {"pool": "prefork", "concurrency": 1, "queues": ["celery"]}}
TWO = dict.fromkeys(("w1", "w2"), ONE["w1"])

#: Spellings that look right to somebody: each is to be refused, or done, and nothing between.
TRAPS = {
    "an option's value after a space": ["w1", "w2", "--concurrency", "4"],
    "a flag before the names": ["-E", "w1", "w2"],
}


def test_a_signal_where_none_belongs_does_not_become_a_queue(fleet: Fleet, driver: Driver) -> None:
    mains = Mains(fleet)
    fleet.write({"w1": {"pool": "prefork", "concurrency": 1}}, app="proj:app")
    driver.start("w1")
    mains.wait_for_ups(1)
    driver.typed("restart", "w1", "-QUIT")
    wait_until(lambda: _last_up(fleet, mains), timeout=20, what="the node to be up")
    assert mains.entries()[-1]["queues"] == ["celery"]


def test_a_stopwait_does_not_wait_for_ever_for_a_task_that_never_ends(
    fleet: Fleet, driver: Driver, tasks: Tasks
) -> None:
    stuck = {**ONE["w1"], "stop_timeout": "1s", "kill_timeout": "1s"}
    fleet.write({"w1": stuck})
    driver.start("w1")
    _begin(fleet, tasks.send("endless"))
    try:
        driver.stopwait("w1", timeout=20)
    except subprocess.TimeoutExpired:
        raise AssertionError("it still waits") from None
    assert not fleet.pidfile("w1").exists() or not processes.alive(fleet.pid("w1"))


def test_a_node_that_gets_a_hangup_works_on(fleet: Fleet, driver: Driver, tasks: Tasks) -> None:
    fleet.write(ONE)
    driver.start("w1")
    os.kill(fleet.pid("w1"), signal.SIGHUP)
    tasks.wait_for(tasks.send("add", x=1, y=2), "SUCCESS", timeout=15)


def test_term_to_the_whole_process_group_lets_tasks_finish(
    fleet: Fleet, driver: Driver, tasks: Tasks
) -> None:
    fleet.write(ONE)
    driver.start("w1")
    task = tasks.send("slow", seconds=3)
    _begin(fleet, task)
    os.killpg(os.getpgid(fleet.pid("w1")), signal.SIGTERM)
    tasks.wait_for(task, "SUCCESS", timeout=20)


def test_a_worker_that_cannot_become_another_user_is_not_called_started(
    fleet: Fleet, driver: Driver
) -> None:
    fleet.write({"w1": {**ONE["w1"], "options": {"--uid": "nobody"}}})
    assert not driver.said_running(driver.start("w1"), "w1")


def test_a_pidfile_pattern_means_what_it_means_to_a_worker(fleet: Fleet, driver: Driver) -> None:
    fleet.write(ONE, defaults={"pidfile": "%h.pid"})
    driver.start("w1")
    pidfile = node_format("%h.pid", f"w1@{fleet.domain}")
    assert (fleet.folder / "run" / pidfile).exists()


def test_one_nodename_runs_once_though_two_folders_have_it(
    fleet: Fleet, driver: Driver, make_fleet: MakeFleet
) -> None:
    other = make_fleet(**fleet.environment)
    other.domain = fleet.domain
    mains, others = Mains(fleet), Mains(other)
    for one in (fleet, other):
        one.write(ONE, app="proj:app")
    driver.start("w1")
    mains.wait_for_ups(1)
    type(driver)(other).start("w1")  # type: ignore[call-arg]
    assert others.events() == []


@pytest.mark.parametrize("words", TRAPS.values(), ids=TRAPS.keys())
def test_what_is_typed_is_done_or_refused(fleet: Fleet, driver: Driver, words: list[str]) -> None:
    fleet.write(TWO)
    result = driver.typed("start", *words)
    refused = result.code != 0 and not fleet.survivors()
    assert refused or all(driver.said_running(result, name) for name in TWO)
    assert "4@" not in result.output


def test_an_option_for_a_node_that_does_not_exist_is_no_success(
    fleet: Fleet, driver: Driver
) -> None:
    fleet.write(TWO)
    assert driver.typed("start", "w1", "w2", "-c:w9", "4").code != 0


def test_a_path_with_a_space_is_one_path(fleet: Fleet, driver: Driver) -> None:
    fleet.write(ONE, defaults={"logfile": "log of %n.log"})
    driver.start("w1")
    assert (fleet.folder / "log" / "log of w1.log").exists()
    assert fleet.pidfile("w1").exists()


def test_a_worker_in_another_folder_is_found_again(fleet: Fleet, driver: Driver) -> None:
    elsewhere = fleet.folder / "elsewhere"
    (elsewhere / "run").mkdir(parents=True)
    fleet.write(ONE, app=SAMPLE, workdir="elsewhere")
    driver.start("w1")
    wait_until(lambda: "ready." in fleet.log("w1"), timeout=15, what="the node to be ready")
    driver.stopwait("w1")
    wait_until(lambda: not fleet.survivors(), timeout=5, what="the node to be gone")


def _begin(fleet: Fleet, task: str) -> None:
    wait_until(lambda: fleet.ledger.count("start")[task], timeout=20, what="the task to begin")


def _last_up(fleet: Fleet, mains: Mains) -> bool:
    """Whether whoever has the pidfile has been ready, too."""
    last = mains.entries()[-1]
    has_pidfile = fleet.pidfile("w1").exists()
    return last["event"] == "up" and has_pidfile and last["pid"] == fleet.pid("w1")
