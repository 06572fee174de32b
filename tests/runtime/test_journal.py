"""The journal under many writers, on a full disk, and after a writer was killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import pytest

from fleetctl.runtime import journal
from fleetctl.runtime.entry import CutTask, Entry
from tests.process.conftest import end
from tests.support.waiting import wait_until

WRITERS, ENTRIES = 8, 1000
WRITE = """
import sys
from fleetctl.runtime import journal
from fleetctl.runtime.entry import Entry
rundir, writer, count, limit = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
sys.stdin.read()
for number in range(count):
    text = "x" * (number % 97 * 10)
    entry = Entry(at=number, node=writer, what="ready", reason=text)
    journal.append(rundir, entry, limit=limit)
"""
FILL = """
mount -t tmpfs -o size=64k none "$1" && exec "$2" -c '
import errno, sys
from pathlib import Path
from fleetctl.runtime import journal
from fleetctl.runtime.entry import Entry
rundir = Path(sys.argv[1])
def tell(number):
    journal.append(str(rundir), Entry(at=number, node="w1", what="ready", reason="x" * 999))
written = 0
try:
    for number in range(1000):
        tell(number)
        written += 1
except OSError as error:
    assert error.errno == errno.ENOSPC, error
print(written)
' "$1"
"""


def write(folder: Path, count: int, limit: int, writers: int = WRITERS) -> list[int]:
    """Have eight processes append at once, from one signal on; what they exited with."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", WRITE, str(folder), f"w{number}", str(count), str(limit)],
            stdin=subprocess.PIPE,
        )
        for number in range(writers)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.close()
    return [process.wait(timeout=120) for process in processes]


def lines(folder: Path) -> list[dict[str, object]]:
    """Every line of both files as JSON, the older file's first."""
    paths = [folder / f"{journal.NAME}.1", folder / journal.NAME]
    texts = [line for path in paths if path.exists() for line in path.read_bytes().splitlines()]
    return [json.loads(text) for text in texts if text]


def numbers_by_writer(folder: Path) -> dict[str, list[float]]:
    found = defaultdict(list)
    for line in lines(folder):
        found[str(line["node"])].append(float(str(line["at"])))
    return found


def test_eight_processes_lose_and_tear_nothing_while_the_file_is_rotated(tmp_path: Path) -> None:
    everything = WRITERS * ENTRIES * 560
    assert write(tmp_path, ENTRIES, limit=everything * 2 // 3) == [0] * WRITERS
    assert (tmp_path / f"{journal.NAME}.1").exists()
    told = numbers_by_writer(tmp_path)
    assert told == {f"w{number}": list(range(ENTRIES)) for number in range(WRITERS)}


def test_what_many_rotations_leave_is_the_latest_without_a_gap(tmp_path: Path) -> None:
    limit = 200_000
    assert write(tmp_path, ENTRIES, limit) == [0] * WRITERS
    told = numbers_by_writer(tmp_path)
    assert sum(map(len, told.values())) < WRITERS * ENTRIES
    for numbers in told.values():
        assert all(after == before + 1 for before, after in pairwise(numbers))
        assert numbers[-1] == ENTRIES - 1
    sizes = [path.stat().st_size for path in tmp_path.iterdir()]
    assert len(sizes) == 2
    assert all(size <= limit + WRITERS * 1100 for size in sizes)


def test_a_writer_that_is_killed_leaves_whole_lines(tmp_path: Path) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITE, str(tmp_path), "w1", "10000000", str(1 << 20)],
        stdin=subprocess.DEVNULL,
    )
    path = tmp_path / journal.NAME
    try:
        wait_until(lambda: path.exists() and path.stat().st_size > 9000, timeout=20, what="entries")
    finally:
        end(writer.pid)
        writer.wait()
    assert write(tmp_path, 3, 1 << 20, writers=1) == [0]
    assert [line["node"] for line in lines(tmp_path)[-3:]] == ["w0"] * 3


def test_a_torn_line_spoils_only_itself(tmp_path: Path) -> None:
    (tmp_path / journal.NAME).write_bytes(b'{"at":1,"node":"w')
    journal.append(str(tmp_path), Entry(at=2.0, node="w2", what="ready"))
    torn, whole = (tmp_path / journal.NAME).read_bytes().splitlines()
    assert torn == b'{"at":1,"node":"w'
    assert json.loads(whole) == {"at": 2.0, "node": "w2", "what": "ready"}


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_a_full_disk_is_an_error_and_no_hang(tmp_path: Path) -> None:
    command = ["unshare", "--mount", "sh", "-c", FILL, "sh", str(tmp_path), sys.executable]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert 20 < int(done.stdout) < 70


@pytest.mark.parametrize("kind", ["fifo", "link", "folder"])
def test_what_is_no_file_of_ours_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / journal.NAME
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "link":
        (tmp_path / "other").write_text("")
        path.symlink_to(tmp_path / "other")
    else:
        path.mkdir()
    with pytest.raises(OSError):
        journal.check(str(tmp_path))
    with pytest.raises(OSError):
        journal.append(str(tmp_path), Entry(at=1.0, node="w1", what="ready"))


def test_a_rotation_that_is_barred_keeps_nothing_from_being_told(tmp_path: Path) -> None:
    (tmp_path / f"{journal.NAME}.1").mkdir()
    for number in range(5):
        entry = Entry(at=float(number), node="w1", what="ready")
        journal.append(str(tmp_path), entry, limit=100)
    assert len((tmp_path / journal.NAME).read_bytes().splitlines()) == 5


def test_a_line_is_short_and_its_tasks_are_bounded() -> None:
    plain = journal.line_of(Entry(at=1.5, node="w1", what="exit", code=0))
    assert plain == b'{"at":1.5,"node":"w1","what":"exit","code":0}\n'
    tasks = [CutTask(str(number), "t", "lost") for number in range(journal.MOST_TASKS + 7)]
    told = json.loads(journal.line_of(Entry(at=1.0, node="w1", what="exit", tasks=tasks)))
    assert (len(told["tasks"]), told["more_tasks"]) == (journal.MOST_TASKS, 7)


def test_an_error_that_quotes_much_leaves_room_for_the_past() -> None:
    entry = Entry(at=1.0, node="w1", what="failed", reason="x" * 3_000_000)
    told = json.loads(journal.line_of(entry))
    assert told["reason"] == "x" * journal.MOST_REASON + "..."


def test_a_durable_entry_is_there(tmp_path: Path) -> None:
    journal.append(str(tmp_path), Entry(at=1.0, node="w1", what="signal"), durable=True)
    journal.sync(str(tmp_path))
    assert len(lines(tmp_path)) == 1
    assert (tmp_path / journal.NAME).stat().st_mode & 0o777 == 0o600
