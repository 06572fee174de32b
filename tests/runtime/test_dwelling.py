"""What a node does when its rundir is deleted or full while it runs: it stays within reach."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from fleetctl.process.held import is_locked
from fleetctl.runtime.dwelling import PATIENCE, Dwelling, put
from fleetctl.runtime.files import write_atomic
from fleetctl.runtime.formats import Asked, Invoker, Record, from_json, to_json
from fleetctl.runtime.node_files import NodeFiles
from tests.runtime.conftest import Send
from tests.runtime.driver import Launch, eventually

ASKED = Asked("TERM", 1.0, Invoker("ops", None, "fleetctl stop w1", 1))


def delete(rundir: Path) -> None:
    """What ``rm -rf`` does, in one instant for those who look."""
    aside = rundir.with_name("deleted")
    rundir.rename(aside)
    shutil.rmtree(aside)


@pytest.mark.parametrize("pool", ["prefork", "gevent", "eventlet"])
def test_a_node_puts_a_deleted_rundir_back(launch: Launch, send: Send, pool: str) -> None:
    pidfile = launch.rundir / "w1.pid"
    files = launch.node("w1", "-c", "1", "--pidfile", str(pidfile), pool=pool)
    launch.start().ready("w1")
    write_atomic(files.record, to_json(replace(launch.record("w1"), asked=[ASKED])))
    record = launch.record("w1")
    asked_at = time.monotonic()
    launch.until("w1", "has seen the record", lambda s: s.written > asked_at)

    delete(launch.rundir)

    eventually("the record", lambda: Path(files.record).exists(), timeout=3)
    assert launch.record("w1") == record
    eventually("the pidfile", pidfile.exists, timeout=3)
    assert pidfile.read_text() == f"{launch.pid('w1')}\n"
    assert is_locked(files.alive("L1"))
    assert Path(files.directory).stat().st_mode & 0o777 == 0o700
    assert not list(Path(files.directory).glob(".tmp-*"))
    send("slow", 0)
    launch.until("w1", "is written again", lambda s: s.processed == 1)


def test_a_draining_node_puts_its_record_back_and_no_pidfile(launch: Launch, send: Send) -> None:
    pidfile = launch.rundir / "w1.pid"
    files = launch.node("w1", "-c", "1", "--pidfile", str(pidfile))
    launch.start().ready("w1")
    send("slow", 4)
    launch.until("w1", "runs it", lambda s: len(s.active) == 1)
    launch.kill("w1", signal.SIGTERM)
    launch.until("w1", "drains", lambda s: s.phase == "draining")
    delete(launch.rundir)
    launch.until("w1", "drains on", lambda s: s.phase == "draining")
    assert Path(files.record).exists()
    assert launch.ended("w1").code == 0
    assert not pidfile.exists()


def test_a_node_that_has_been_replaced_puts_nothing_back(launch: Launch) -> None:
    files = launch.node("w1", pool="solo")
    launch.start().ready("w1")
    successor = launch.folder / "successor"
    (successor / "nodes" / "w1").mkdir(parents=True)
    record = to_json(replace(launch.record("w1"), launch="L2"))
    (successor / "nodes" / "w1" / "record.json").write_bytes(record)
    launch.rundir.rename(launch.folder / "old")
    successor.rename(launch.rundir)
    launch.kill("w1", signal.SIGTERM)
    assert launch.ended("w1").code == 0
    assert Path(files.record).read_bytes() == record
    assert not Path(files.snapshot("L1")).exists()
    assert not Path(files.alive("L1")).exists()


def test_what_has_appeared_meanwhile_is_left_as_it_is(tmp_path: Path) -> None:
    there = tmp_path / "record.json"
    there.write_text("another's")
    put(str(there), b"ours", 0o600)
    assert there.read_text() == "another's"
    assert list(tmp_path.iterdir()) == [there]


@pytest.fixture
def dwelling(launch: Launch) -> tuple[Dwelling, NodeFiles]:
    """A Dwelling that has seen its record, of a node that doesn't run."""
    files = launch.node("w1")
    write_atomic(files.record, to_json(launch.nodes[0].record))
    seen = Dwelling(files, "L1")
    seen.look(0.0)
    return seen, files


def test_a_record_is_put_back_only_once_it_has_been_missing_for_a_while(
    dwelling: tuple[Dwelling, NodeFiles],
) -> None:
    seen, files = dwelling
    Path(files.record).unlink()
    for now in (1.0, 1.0 + PATIENCE / 2):
        seen.look(now)
        seen.restore(now, None)
        assert not Path(files.record).exists()
    seen.restore(1.0 + PATIENCE, None)
    assert from_json(Record, Path(files.record).read_bytes()).launch == "L1"
    assert not seen.is_missing


def test_nothing_is_put_back_where_the_fleets_own_folder_is_gone(
    dwelling: tuple[Dwelling, NodeFiles], launch: Launch
) -> None:
    seen, _ = dwelling
    shutil.rmtree(launch.folder)
    seen.look(1.0)
    with pytest.raises(FileNotFoundError):
        seen.restore(2.0, None)
    assert not launch.folder.exists()


FULL_DISK = """
import os, sys
from fleetctl.runtime import native
path = sys.argv[1] + "/snapshot"
native.replace_file(path, b'{"count": 1000}')
with open(sys.argv[1] + "/filler", "wb", buffering=0) as filler:
    try:
        while filler.write(b"x" * 4096):
            pass
    except OSError as full:
        print(full.strerror)
native.replace_file(path, b'{"count": 2}')
print(open(path).read().strip(), sorted(os.listdir(sys.argv[1])))
try:
    native.replace_file(path, b"x" * 5000)
except OSError as full:
    print(full.strerror)
print(open(path).read().strip(), sorted(os.listdir(sys.argv[1])))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a file system: needs root")
def test_on_a_full_disk_a_snapshot_is_overwritten_in_its_own_blocks(tmp_path: Path) -> None:
    mount = 'mount -t tmpfs -o size=64k none "$1" && exec "$2" -c "$3" "$1"'
    command = ["unshare", "--mount", "sh", "-ec", mount, "sh", str(tmp_path), sys.executable]
    done = subprocess.run([*command, FULL_DISK], check=True, capture_output=True, text=True)
    full = "No space left on device"
    kept = """{"count": 2} ['filler', 'snapshot']"""
    assert done.stdout.splitlines() == [full, kept, full, kept]
