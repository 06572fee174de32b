"""A log followed through two hundred rotations of each kind, in a storm."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.logs import rotating
from tests.logs.rotating import Rotate, Writer
from tests.support.fleets import FLEETCTL
from tests.support.processes import children_of
from tests.support.waiting import wait_until

TIMES = 200
END = "the end"


@pytest.mark.parametrize(
    "how",
    [
        rotating.renamed,
        rotating.renamed_and_created,
        rotating.shifted,
        rotating.copied,
        rotating.compressed,
        rotating.copied_and_compressed,
    ],
    ids=lambda how: str(how.__name__),
)
def test_no_record_that_is_in_a_file_is_lost_or_repeated(tmp_path: Path, how: Rotate) -> None:
    seen = follow(tmp_path, how, pause=0.005)
    there = rotating.records_in(tmp_path / "log")
    assert sorted(there - seen) == [], "lost"
    assert [number for number, count in seen.items() if count > 1] == []
    assert len(there) > TIMES


def test_of_a_log_that_is_deleted_nothing_is_lost_that_there_was_time_to_open(
    tmp_path: Path,
) -> None:
    seen = follow(tmp_path, rotating.deleted, pause=0.005)
    there = rotating.records_in(tmp_path / "log")
    assert sorted(there - seen) == []
    assert [number for number, count in seen.items() if count > 1] == []
    # Most are in no file any more.
    assert len(seen) > len(there)


def test_what_is_written_late_to_a_log_that_was_packed_and_deleted_is_shown(tmp_path: Path) -> None:
    with followed(tmp_path) as (path, shown):
        with path.open("a") as late:
            late.write(record("early"))
            late.flush()
            wait_until(lambda: "early" in shown.read_text(), timeout=30, what="the first record")
            rotating.compressed(path, 1)
            path.write_text(record("of the new one"))
            wait_until(lambda: "of the new" in shown.read_text(), timeout=30, what="the new log")
            # A pool child that was between looking for its log and writing to it.
            late.write(record("late"))
        wait_until(lambda: "late" in shown.read_text(), timeout=30, what="the late record")
    (packed,) = path.parent.glob("*.gz")
    assert b"late" not in gzip.decompress(packed.read_bytes())
    assert [line.rpartition(" ")[2] for line in shown.read_text().splitlines()] == [
        "early",
        "one",
        "late",
    ]


def test_what_was_copied_and_emptied_before_its_first_line_was_read_is_shown_at_once(
    tmp_path: Path,
) -> None:
    with followed(tmp_path) as (path, shown):
        path.write_text(record("early"))
        wait_until(lambda: "early" in shown.read_text(), timeout=30, what="the first record")
        rotating.copied(path, 1)
        # Past the time in which the rotated files are looked through for the first rotation.
        time.sleep(8)
        (follower,) = filter(is_follower, children_of(os.getpid()))
        os.kill(follower, signal.SIGSTOP)
        path.write_text(record("unread"))
        rotating.copied(path, 2)
        os.kill(follower, signal.SIGCONT)
        wait_until(lambda: "unread" in shown.read_text(), timeout=10, what="the copied record")


def is_follower(pid: int) -> bool:
    """Whether a process is one of `logs`."""
    return "logs" in Path(f"/proc/{pid}/cmdline").read_text().split("\0")


def record(message: str) -> str:
    """A line of a log."""
    now = time.strftime("%Y-%m-%d %H:%M:%S")
    return f"[{now},000: INFO/MainProcess] {message}\n"


def follow(folder: Path, how: Rotate, *, pause: float) -> Counter[str]:
    """What `logs -f` shows of a log that is written and rotated meanwhile."""
    with followed(folder) as (path, shown):
        with Writer(path, pause=0.003) as writer:
            wait_until(lambda: shown.stat().st_size, timeout=30, what="something to be shown")
            rotating.rotate(path, how, TIMES, pause)
        writer.close(END)
        wait_until(lambda: END in shown.read_text(), timeout=30, what="the last record")
        _wait_for_all(folder / "log", shown)
    return Counter(rotating.records_of(shown.read_text()))


@contextmanager
def followed(folder: Path) -> Iterator[tuple[Path, Path]]:
    """A log that `logs -f` follows, and the file with what it shows."""
    (folder / "fleet.yaml").write_text("app: fleetctl.sample:app\nworkers: {w1: {}}\n")
    (folder / "log").mkdir()
    shown = folder / "shown"
    command = [str(FLEETCTL), "logs", "-f", "-n", "all", "--no-prefix"]
    with (
        shown.open("wb") as output,
        subprocess.Popen(command, cwd=folder, stdout=output) as process,
    ):
        try:
            yield folder / "log" / "w1.log", shown
        finally:
            process.terminate()


def _wait_for_all(logs: Path, shown: Path) -> None:
    """What was missed at first is found a little later."""
    there = rotating.records_in(logs)
    try:
        wait_until(
            lambda: not there - Counter(rotating.records_of(shown.read_text())),
            timeout=5,
            what="all records",
        )
    except AssertionError:
        return  # the test says what is missing
