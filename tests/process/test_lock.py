from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from fleetctl.errors import FleetctlError
from fleetctl.process.lock import Locked, NodeLock
from fleetctl.runtime.node_files import NodeFiles
from tests.process.conftest import Python, done_by_nobody
from tests.process.making import ALICE

HOLD = """
import sys, time
from fleetctl.process.lock import NodeLock
from fleetctl.runtime.formats import Invoker
from fleetctl.runtime.node_files import NodeFiles
bob = Invoker(user="bob", tty=None, command="fleetctl start all", pid=99)
lock = NodeLock(NodeFiles(sys.argv[1], "w1"), bob)
lock.acquire(0)
print("held")
time.sleep(1000)
"""


@pytest.fixture
def rundir(tmp_path: Path) -> Path:
    return tmp_path / "run"


@pytest.fixture
def files(rundir: Path) -> NodeFiles:
    return NodeFiles(str(rundir), "w1")


def soon() -> float:
    return time.monotonic() + 10


def is_free(files: NodeFiles) -> bool:
    with NodeLock(files, ALICE) as lock:
        try:
            lock.acquire(0)
        except Locked:
            return False
        return True


def test_the_lock_makes_a_private_folder_and_a_private_file(files: NodeFiles) -> None:
    with NodeLock(files, ALICE):
        assert Path(files.directory).stat().st_mode & 0o777 == 0o700
        assert Path(files.lock).stat().st_mode & 0o777 == 0o600


def test_a_second_locker_is_told_who_holds_it_and_what_for(
    files: NodeFiles, rundir: Path, python: Python
) -> None:
    python(HOLD, str(rundir))
    with NodeLock(files, ALICE) as lock, pytest.raises(Locked) as caught:
        lock.acquire(time.monotonic() + 0.02)
    assert "w1 is busy: locked by bob (pid 99) since " in caught.value.message
    assert caught.value.message.endswith("running `fleetctl start all`")


def test_a_killed_holder_leaves_the_lock_free(
    files: NodeFiles, rundir: Path, python: Python
) -> None:
    holder = python(HOLD, str(rundir))
    assert not is_free(files)
    holder.kill()
    with NodeLock(files, ALICE) as lock:
        lock.acquire(soon())


def test_a_waiter_gets_the_lock_once_it_is_released(files: NodeFiles) -> None:
    with NodeLock(files, ALICE) as first, NodeLock(files, ALICE) as second:
        first.acquire(0)
        taken = threading.Event()

        def take() -> None:
            second.acquire(soon())
            taken.set()

        waiter = threading.Thread(target=take)
        waiter.start()
        assert not taken.wait(0.05)
        first.release()
        assert taken.wait(10)
        waiter.join()


def test_a_child_that_inherits_the_file_shares_the_lock(files: NodeFiles) -> None:
    with NodeLock(files, ALICE) as lock:
        lock.acquire(0)
        code = "import sys; sys.stdin.read()"
        child = subprocess.Popen(
            [sys.executable, "-c", code], pass_fds=[lock.fileno()], stdin=subprocess.PIPE
        )
        lock.close()
        try:
            assert not is_free(files)
        finally:
            child.communicate()
    assert is_free(files)


def test_a_child_that_unlocks_does_so_for_everyone(files: NodeFiles) -> None:
    with NodeLock(files, ALICE) as lock:
        lock.acquire(0)
        code = f"import fcntl; fcntl.flock({lock.fileno()}, fcntl.LOCK_UN)"
        subprocess.run([sys.executable, "-c", code], pass_fds=[lock.fileno()], check=True)
        assert is_free(files)


def test_a_lock_whose_folder_was_removed_excludes_nobody_and_says_so(files: NodeFiles) -> None:
    with NodeLock(files, ALICE) as lock:
        Path(files.lock).unlink()
        with pytest.raises(FleetctlError, match="removed meanwhile"):
            lock.acquire(0)


@pytest.mark.parametrize("what", ["link", "fifo", "directory"])
def test_something_else_in_the_locks_place_is_refused(files: NodeFiles, what: str) -> None:
    Path(files.directory).mkdir(parents=True, mode=0o700)
    if what == "link":
        Path(files.lock).symlink_to("/etc/hostname")
    elif what == "fifo":
        os.mkfifo(files.lock)
    else:
        Path(files.lock).mkdir()
    with pytest.raises(FleetctlError, match="cannot open the lock"):
        NodeLock(files, ALICE)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_another_users_node_folder_is_refused(files: NodeFiles) -> None:
    Path(files.directory).mkdir(parents=True)
    os.chown(files.directory, 65534, 65534)
    with pytest.raises(FleetctlError, match="belongs to nobody") as caught:
        NodeLock(files, ALICE)
    assert caught.value.hint == "run as that user: sudo -u nobody fleetctl …"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_a_folder_that_cannot_be_made_is_one_clear_error(open_path: Path) -> None:
    files = NodeFiles(str(open_path), "w1")
    said = done_by_nobody(lambda: NodeLock(files, ALICE))
    assert said == f"cannot make the folder {open_path}/nodes/w1: permission denied | None"


@pytest.mark.parametrize("content", ["", "garbage", "[1]", '{"at": "x", "by": {}}'])
def test_a_holder_that_has_not_signed_is_still_reported(files: NodeFiles, content: str) -> None:
    with NodeLock(files, ALICE) as first, NodeLock(files, ALICE) as second:
        first.acquire(0)
        Path(files.lock).write_text(content)
        with pytest.raises(Locked, match="another fleetctl holds its lock"):
            second.acquire(0)
