"""Whatever stands in a node's pidfile: named by status, signalled by nobody, in nobody's way."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.fleets import Fleet

SOLO = {"w1": {"pool": "solo"}}

GARBAGE = {
    "an empty file": b"",
    "text": b"hello\n",
    "zero": b"0\n",
    "init": b"1\n",
    "a process group": b"-1\n",
    "more than a pid can be": b"2147483648\n",
    "two lines": b"4711\n4712\n",
    "no newline and a space": b" 99999999 ",
    "bytes": bytes(range(256)),
}

OBSTACLES: dict[str, Callable[[Path], object]] = {
    "a directory": Path.mkdir,
    "a fifo": os.mkfifo,
    "a dangling link": lambda path: path.symlink_to("nowhere"),
}


@pytest.mark.parametrize("content", GARBAGE.values(), ids=GARBAGE.keys())
def test_garbage_is_named_and_signals_nobody_and_a_start_replaces_it(
    fleet: Fleet, content: bytes
) -> None:
    fleet.write(SOLO)
    fleet.pidfile("w1").parent.mkdir()
    fleet.pidfile("w1").write_bytes(content)

    row = fleet.status()["w1"]
    assert (row["state"], "pidfile" in row["reason"]) == ("stopped", True), row
    for command in ("stop", "stopwait", "kill"):
        result = fleet.run(command, "w1")
        assert (result.code, "not running" in result.output) == (0, True), result
    fleet.start("w1")
    assert fleet.states() == {"w1": "ready"}


@pytest.mark.parametrize("make", OBSTACLES.values(), ids=OBSTACLES.keys())
def test_what_cannot_be_a_pidfile_is_named_and_left_alone(
    fleet: Fleet, make: Callable[[Path], object]
) -> None:
    fleet.write(SOLO)
    pidfile = fleet.pidfile("w1")
    pidfile.parent.mkdir()
    make(pidfile)

    assert "pidfile" in fleet.status()["w1"]["reason"]
    result = fleet.run("start", "w1")
    assert (result.code, "w1.pid" in result.output) == (3, True), result
    assert "Traceback" not in result.output
    assert os.path.lexists(pidfile)


def test_the_folders_of_pidfiles_and_logfiles_are_made(fleet: Fleet) -> None:
    fleet.write({"w1": {"pool": "solo"}}, pidfile="../pids/%n/pid", logfile="deep/%n/er.log")
    fleet.start()
    assert (fleet.folder / "pids/w1/pid").exists()
    assert (fleet.folder / "log/deep/w1/er.log").exists()
    assert fleet.run("stopwait", "all").code == 0
