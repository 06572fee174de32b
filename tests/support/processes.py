"""The processes that belong to a test, found in /proc and ended by pidfd."""

from __future__ import annotations

import contextlib
import os
import signal
from dataclasses import dataclass
from pathlib import Path

from tests.support.waiting import wait_until

#: Set in the environment of everything a test's fleet starts, and so of all their children.
MARK = "FLEETCTL_TEST_FOLDER"


@dataclass(frozen=True)
class Process:
    """A live process, as it was when it was looked at."""

    pid: int
    session: int
    command: str


def alive(pid: int) -> bool:
    """Whether the process lives; one that only waits to be reaped doesn't."""
    return _state(pid) not in {None, "Z", "X"}


def children_of(pid: int) -> list[int]:
    """The live children of a process."""
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def belonging_to(folder: Path) -> list[Process]:
    """The live processes of the fleet in `folder`.

    They carry its mark in their environment, work in its folder, or share a session with one
    that does (a title written over the environment hides the mark).
    """
    marked = {pid for pid in _pids() if alive(pid) and _belongs(pid, folder)}
    sessions = {_session(pid) for pid in marked} - {0, os.getsid(0)}
    kin = {pid for pid in _pids() if alive(pid) and _session(pid) in sessions}
    return [_describe(pid) for pid in sorted(marked | kin) if pid != os.getpid()]


def kill_belonging_to(folder: Path) -> None:
    """Kill the fleet's processes and wait until none is left."""

    def none_left() -> bool:
        for process in belonging_to(folder):
            _kill(process.pid, folder)
        return not belonging_to(folder)

    wait_until(none_left, timeout=20, what=f"the processes of {folder} to be gone")


def wait_gone(pid: int, *, timeout: float = 10) -> None:
    """Wait until the process has ended."""
    wait_until(lambda: not alive(pid), timeout=timeout, what=f"process {pid} to end")


def start_ticks(pid: int) -> int | None:
    """When a process was started, in clock ticks since boot; None where there is none."""
    try:
        return int(_stat(pid)[19])
    except (FileNotFoundError, ProcessLookupError):
        return None


def _kill(pid: int, folder: Path) -> None:
    with contextlib.suppress(ProcessLookupError):
        pidfd = os.pidfd_open(pid)
        try:
            if pid in {process.pid for process in belonging_to(folder)}:
                signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        finally:
            os.close(pidfd)


def _pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _belongs(pid: int, folder: Path) -> bool:
    mark = f"{MARK}={folder}".encode()
    try:
        cwd = Path(f"/proc/{pid}/cwd").readlink()
        return cwd.is_relative_to(folder) or mark in _read(pid, "environ").split(b"\0")
    except OSError:
        return False


def _read(pid: int, name: str) -> bytes:
    return Path(f"/proc/{pid}/{name}").read_bytes()


def _stat(pid: int) -> list[str]:
    return _read(pid, "stat").decode(errors="replace").rpartition(")")[2].split()


def _state(pid: int) -> str | None:
    try:
        return _stat(pid)[0]
    except (FileNotFoundError, ProcessLookupError):
        return None


def _session(pid: int) -> int:
    try:
        return int(_stat(pid)[3])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def _describe(pid: int) -> Process:
    try:
        command = _read(pid, "cmdline").replace(b"\0", b" ").decode(errors="replace").strip()
    except (FileNotFoundError, ProcessLookupError):
        command = "(gone)"
    return Process(pid, _session(pid), command)
