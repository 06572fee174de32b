"""Python imports this by itself where PYTHONPATH leads here: one process then meets a fault.

``CHAOS_FAULT`` is ``ROLE ACTION NUMBER FOLDER``. In the process that plays ROLE (``controller``:
the fleetctl command; ``launcher``), ACTION befalls the NUMBERth call by which it acts on the world:

- ``kill``: SIGKILL, once the call is done: between this step and the next;
- ``space``, ``inodes``: before it, if it writes, the disk FOLDER/disk gets full.

Each call that counted is a line of FOLDER/calls.ROLE. With ``CHAOS_CLOCK`` the clock is off by so
many seconds, for everybody. Nothing in fleetctl knows of this.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import io
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

SPACE = ("open", "mkdir", "write", "pwrite", "link", "symlink")
SEEN = ("replace", "rename", "unlink", "mkdir", "write", "pwrite", "fork", "link")

#: Taken before they are wrapped.
_write, _open, _close, _unlink = os.write, os.open, os.close, os.unlink
_BLOCK = bytes(1 << 16)


class Fate:
    """Counts the calls of this very process, and strikes."""

    def __init__(self, role: str, action: str, number: int, folder: str) -> None:
        self._pid = os.getpid()
        self._role = role
        self._action = action
        self._left = number
        self._folder = folder

    def meet(self, call: str) -> None:
        """One more call; the last one, it may be."""
        if os.getpid() != self._pid:
            return
        self._left -= 1
        self._note(f"calls.{self._role}", call)
        if self._left:
            return
        self._note("struck", f"{self._role} {self._action} {call}")
        if self._action == "kill":
            os.kill(self._pid, signal.SIGKILL)
        else:
            fill(f"{self._folder}/disk", self._action)

    def _note(self, name: str, line: str) -> None:
        path = f"{self._folder}/{name}"
        descriptor = _open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        _write(descriptor, line.encode() + b"\n")
        _close(descriptor)


def fill(disk: str, what: str) -> None:
    """Leave no room at all, or no inode, on a file system."""
    number = 0
    with contextlib.suppress(OSError):
        while True:
            path = f"{disk}/ballast-{number}"
            descriptor = _open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            number += 1
            try:
                size = len(_BLOCK) if what == "space" else 0
                while size:
                    with contextlib.suppress(OSError):
                        while True:
                            _write(descriptor, _BLOCK[:size])
                    size //= 2
            finally:
                _close(descriptor)
            if what == "space":
                return


def role_of(argv: list[str]) -> str | None:
    """The part that a process with this command line plays."""
    program = Path(argv[0]).name if argv else ""
    if program == "fleetctl":
        return "controller"
    return "launcher" if program == "launcher.py" and argv[1:2] == ["--control"] else None


def arm(fate: Fate, filling: bool) -> None:
    """Have `fate` meet the calls that count."""
    if filling:
        for name in SPACE:
            _wrap(os, name, fate, before=True)
        return
    for name in SEEN:
        _wrap(os, name, fate)
    _wrap(signal, "pidfd_send_signal", fate)
    _wrap(fcntl, "flock", fate)
    _wrap(socket.socket, "sendall", fate)
    _wrap(socket.socket, "sendmsg", fate)
    _wrap(subprocess.Popen, "__init__", fate)
    sys.stdout = Told(fate)


class Told(io.TextIOWrapper):
    """Standard output, on which fleetctl tells each event as it happens."""

    def __init__(self, fate: Fate) -> None:
        super().__init__(sys.stdout.buffer, encoding="utf-8", write_through=False)
        self._fate = fate
        self._unsaid = False

    def write(self, text: str) -> int:
        self._unsaid = True
        return super().write(text)

    def flush(self) -> None:
        super().flush()
        if self._unsaid:
            self._unsaid = False
            self._fate.meet("event told")


def _wrap(owner: Any, name: str, fate: Fate, before: bool = False) -> None:
    call: Callable[..., Any] = getattr(owner, name)

    @functools.wraps(call)
    def wrapped(*args: Any, **options: Any) -> Any:
        if before and _needs_space(name, args):
            fate.meet(_named(name, args))
        try:
            return call(*args, **options)
        finally:
            if not before:
                fate.meet(_named(name, args))

    setattr(owner, name, wrapped)


def _needs_space(name: str, args: tuple[Any, ...]) -> bool:
    return name != "open" or bool(len(args) > 1 and args[1] & os.O_CREAT)


def _named(name: str, args: tuple[Any, ...]) -> str:
    first = args[0] if args else ""
    with contextlib.suppress(OSError):
        if isinstance(first, int) and name in ("write", "pwrite"):
            first = Path(f"/proc/self/fd/{first}").readlink()
    return f"{name} {Path(str(first)).name[:60]}"


def _orders() -> Iterator[tuple[str, Fate]]:
    told = os.environ.get("CHAOS_FAULT", "").split(" ", 3)
    if len(told) == 4 and told[0] == role_of(sys.argv):
        yield told[1], Fate(told[0], told[1], int(told[2]), told[3])


def set_clock(offset: float) -> None:
    """Put the clock that people set forward; nobody can set the monotonic one."""
    real = time.time
    time.time = lambda: real() + offset


if "CHAOS_CLOCK" in os.environ:
    set_clock(float(os.environ["CHAOS_CLOCK"]))

for _action, _fate in _orders():
    arm(_fate, filling=_action != "kill")
