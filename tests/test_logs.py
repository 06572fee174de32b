"""The logs of real nodes: tasks that run and fail, a restart and rotations in between."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyte
import pytest

from tests.support.fleets import FLEETCTL, Fleet
from tests.support.tasks import Tasks
from tests.support.tools import need
from tests.support.waiting import wait_until
from tests.support.watching import watches

PREFORK = {"pool": "prefork", "concurrency": 2, "queues": ["celery"]}
THREADS = {"pool": "threads", "concurrency": 2, "queues": ["celery", "other"]}

COUNTING = """
from celery import Celery
from celery.utils.log import get_task_logger

app = Celery("counting")
log = get_task_logger(__name__)

@app.task(name="count")
def count(first, number):
    for one in range(first, first + number):
        log.info("counted=%d", one)
"""

ROTATION = """
{log} {{
    rotate 300
    {manner}
    nomail
    missingok
}}
"""


class Screen:
    """A terminal that a command runs in."""

    def __init__(self, columns: int) -> None:
        self.master, self.slave = pty.openpty()
        self._screen = pyte.HistoryScreen(columns, 200)
        self._stream = pyte.ByteStream(self._screen)
        self.raw = b""
        self.pid = 0
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self.master, 1 << 16)
            except OSError:
                return
            self.raw += data
            self._stream.feed(data)

    @property
    def lines(self) -> list[str]:
        """What is seen."""
        return [line.rstrip() for line in self._screen.display if line.strip()]

    @property
    def text(self) -> str:
        """The same as one text."""
        return "\n".join(self.lines)


@contextmanager
def in_terminal(fleet: Fleet, columns: int, *arguments: str) -> Iterator[Screen]:
    """`fleetctl` with these arguments in a terminal so wide."""
    screen = Screen(columns)
    process = subprocess.Popen(
        [FLEETCTL, *arguments],
        cwd=fleet.folder,
        env={**fleet.environment, "TERM": "xterm-256color", "COLUMNS": str(columns)},
        stdin=screen.slave,
        stdout=screen.slave,
        stderr=screen.slave,
    )
    screen.pid = process.pid
    try:
        yield screen
    finally:
        process.terminate()
        process.wait()
        os.close(screen.slave)
        os.close(screen.master)


def see(screen: Screen, text: str) -> None:
    wait_until(lambda: text in screen.text, timeout=30, what=text, detail=lambda: screen.text)


def test_following_in_a_terminal_shows_merged_coloured_records_and_whole_tracebacks(
    fleet: Fleet, tasks: Tasks
) -> None:
    fleet.write({"one": {**PREFORK, "queues": ["celery"]}, "two": {**THREADS, "queues": ["other"]}})
    fleet.start()
    with in_terminal(fleet, 120, "logs", "-f") as screen:
        see(screen, "ready.")
        slow = tasks.send("slow", seconds=0.5)
        failing = tasks.send("fail", queue="other", message="as it should")
        for text in (f"sample.slow[{slow}] succeeded", f"sample.fail[{failing}] raised"):
            see(screen, text)
        see(screen, "ValueError: as it should")
        lines = screen.lines
        begin = next(i for i, line in enumerate(lines) if "Traceback" in line)
        end = next(i for i, line in enumerate(lines) if line.endswith("ValueError: as it should"))
        assert lines[begin].startswith("    │ Traceback")
        assert all(line.startswith("    │ ") for line in lines[begin : end + 1])
        assert any(re.match(r"two │ \d\d:\d\d:\d\d\.\d{3} ERROR", line) for line in lines)
        assert b"\x1b[31mERROR" in screen.raw
        fleet.run("restart", "two")
        see(screen, "· started (pid ")
        see(screen, "one")
    assert max(map(len, screen.lines)) <= 120


def test_the_end_of_a_node_and_its_next_start_are_told_in_their_order(fleet: Fleet) -> None:
    fleet.write({"one": PREFORK, "two": {"pool": "solo"}}).start()
    with in_terminal(fleet, 120, "logs", "-f", "-n", "0") as screen:
        wait_until(lambda: watches(screen.pid), timeout=30, what="it to follow")
        fleet.run("restart", "one")
        see(screen, "ready.")
        fleet.run("kill", "two")
        see(screen, "· killed by SIGKILL")
    told = [line.partition("│ ")[2] for line in screen.lines]
    wanted = ("worker: Warm shutdown", "· exit code 0", "· started (pid ", "ready.", "· killed by")
    places = [next(i for i, line in enumerate(told) if text in line) for text in wanted]
    assert places == sorted(places)
    assert "Traceback" not in screen.text


def test_the_life_of_a_task_is_shown_across_nodes(fleet: Fleet, tasks: Tasks) -> None:
    fleet.write({"one": PREFORK, "two": THREADS}).start()
    retried = tasks.send("retry", times=3, countdown=0.1)
    others = [tasks.send("add", x=1, y=2) for _ in range(5)]
    tasks.wait_for(retried, "SUCCESS")
    result = fleet.run("logs", "--task", retried, "--json")
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert "received" in records[0]["message"]
    assert "succeeded" in records[-1]["message"]
    assert {record["task"]["id"] for record in records} == {retried}
    assert [r["time"] for r in records] == sorted(r["time"] for r in records)
    assert fleet.run("logs", "--task", retried[:8]).stdout.count("received") == 4
    named = fleet.run("logs", "--task", "sample.add").stdout
    assert all(other in named for other in others)
    assert retried not in named


@pytest.mark.parametrize("manner", ["nocreate", "create", "copytruncate", "nocreate\n    compress"])
def test_a_restart_and_logrotate_lose_and_repeat_no_line(
    fleet: Fleet, tasks: Tasks, manner: str
) -> None:
    need("logrotate")
    fleet.module("counting", COUNTING)
    fleet.write({"w1": PREFORK}, app="counting:app").start()
    log = fleet.folder / "log" / "w1.log"
    rotation = fleet.folder / "rotation.conf"
    rotation.write_text(ROTATION.format(log=log, manner=manner))
    shown = fleet.folder / "shown"
    with shown.open("wb") as output, _followed(fleet, output):
        wait_until(lambda: "ready." in shown.read_text(), timeout=30, what="the follower")
        for round_ in range(6):
            tasks.call("count", round_ * 1000, 1000)
            subprocess.run(
                ["logrotate", "-f", "-s", fleet.folder / "state", rotation], check=True, timeout=60
            )
            if round_ == 3:
                assert fleet.run("restart", "w1").code == 0
        wait_until(lambda: "counted=5999" in shown.read_text(), timeout=30, what="the end")
        there = _counted_in_files(fleet)
        wait_until(
            lambda: not there - set(_counted(shown.read_text())), timeout=10, what="all of it"
        )
    seen = _counted(shown.read_text())
    assert len(seen) == len(set(seen))
    if manner in ("nocreate", "create"):
        assert sorted(seen) == list(range(6000))
    # What is copied and emptied, or packed at once, is in no file any more if it was written late.


@contextmanager
def _followed(fleet: Fleet, output: object) -> Iterator[None]:
    process = subprocess.Popen(
        [FLEETCTL, "logs", "-f", "-n", "all"],
        cwd=fleet.folder,
        env=fleet.environment,
        stdout=output,  # type: ignore[call-overload]
        stderr=sys.stderr,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _counted(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"counted=(\d+)", text)]


def _counted_in_files(fleet: Fleet) -> set[int]:
    found: set[int] = set()
    for path in (fleet.folder / "log").iterdir():
        found.update(_counted(_content(path)))
    return found


def _content(path: Path) -> str:
    if path.suffix == ".gz":
        import gzip

        return gzip.decompress(path.read_bytes()).decode()
    return path.read_text()


def test_pool_children_with_logs_of_their_own_are_shown(fleet: Fleet, tasks: Tasks) -> None:
    fleet.write({"w1": {**PREFORK, "concurrency": 1, "logfile": "%n%I.log"}}).start()
    done = tasks.send("add", x=1, y=2)
    tasks.wait_for(done, "SUCCESS")
    assert (fleet.folder / "log" / "w1-1.log").exists()
    lines = fleet.run("logs", "--task", done).stdout.splitlines()
    assert [line.split("] ")[0].split("/")[-1] for line in lines] == [
        "MainProcess",
        "ForkPoolWorker-1",
    ]


def test_a_log_format_in_fleet_yaml_is_written_by_celery_and_read_again(
    fleet: Fleet, tasks: Tasks
) -> None:
    formats = {
        "log_format": "(shop) %(levelname)-8s %(asctime)s %(message)s",
        "task_log_format": "%(asctime)s %(task_name)s=%(task_id)s %(levelname)s: %(message)s",
    }
    fleet.write({"w1": {**PREFORK, **formats}}).start()
    failed = tasks.send("fail", message="on purpose")
    tasks.wait_for(failed, "FAILURE")
    assert "(shop) INFO " in fleet.log("w1")
    wait_until(lambda: "on purpose" in fleet.log("w1"), timeout=10, what="the failure")
    result = fleet.run("logs", "--level", "error", "--json")
    (record,) = [json.loads(line) for line in result.stdout.splitlines()]
    assert record["level"] == "ERROR"
    assert record["task"]["id"] == failed
    assert record["extra"][-1] == "ValueError: on purpose"
