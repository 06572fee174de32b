"""Real processes for the tests, ended by pid whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fleetctl.errors import FleetctlError
from fleetctl.process import procfs
from fleetctl.runtime.node_files import NodeFiles
from tests.support.waiting import wait_until

Spawn = Callable[..., "subprocess.Popen[str]"]
Python = Callable[..., "subprocess.Popen[str]"]

#: Holds a POSIX lock on the file it is given.
HOLD = """
import fcntl, sys, time
held = open(sys.argv[1], "w")
fcntl.lockf(held, fcntl.LOCK_EX)
print("held")
time.sleep(1000)
"""


@pytest.fixture
def spawn() -> Iterator[Spawn]:
    """Start a program in a session of its own; the session ends with the test."""
    started: list[subprocess.Popen[str]] = []

    def run(*argv: str, **options: object) -> subprocess.Popen[str]:
        process: subprocess.Popen[str] = subprocess.Popen(  # type: ignore[call-overload]
            list(argv),
            **{"start_new_session": True, "text": True, "stdout": subprocess.PIPE, **options},
        )
        started.append(process)
        return process

    yield run
    for process in started:
        for member in procfs.ProcessTable().session_members(process.pid):
            end(member.pid)
        end(process.pid)
        process.wait()
        for stream in filter(None, (process.stdin, process.stdout)):
            stream.close()


@pytest.fixture
def python(spawn: Spawn) -> Python:
    """Run Python code in a process; returns when it has printed its first line."""

    def run(code: str, *argv: str, **options: object) -> subprocess.Popen[str]:
        process = spawn(sys.executable, "-u", "-c", code, *argv, **options)
        assert process.stdout is not None
        assert process.stdout.readline(), "it ended without a word"
        return process

    return run


@pytest.fixture
def sleeper(spawn: Spawn) -> subprocess.Popen[str]:
    """A process that does nothing for a long time."""
    process = spawn("sleep", "1000")
    # Between fork and exec it still bears pytest's own command line.
    wait_until(
        lambda: procfs.command_line(process.pid) == ("sleep", "1000"), timeout=10, what="exec"
    )
    return process


@pytest.fixture
def files(tmp_path: Path) -> NodeFiles:
    """The files of a node w1 whose folder is there."""
    found = NodeFiles(str(tmp_path / "run"), "w1")
    Path(found.directory).mkdir(parents=True, mode=0o700)
    return found


def end(pid: int) -> None:
    """SIGKILL to a process that a test has started; it may be gone already."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def as_nobody() -> None:
    """For Popen's preexec_fn: become the user nobody."""
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)


def done_by_nobody(act: Callable[[], object]) -> str:
    """What `act` gives, or the message of its FleetctlError, when the user nobody does it."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            as_nobody()
            os.write(theirs, str(act()).encode())
        except FleetctlError as error:
            os.write(theirs, f"{error.message} | {error.hint}".encode())
        finally:
            os._exit(0)
    os.close(theirs)
    with open(ours) as answer:
        said = answer.read()
    os.waitpid(pid, 0)
    return said


@pytest.fixture
def open_path() -> Iterator[Path]:
    """A folder that every user can enter, which pytest's own are not."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)
