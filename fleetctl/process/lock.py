"""A node's lock: held for milliseconds, over verifying, signalling and recording; never waiting.

It is flock(2)'s, which belongs to the open file, not to the process: a launcher that inherits the
descriptor shares the lock, and the kernel drops it when the last holder dies.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import stat
import time
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from fleetctl.errors import FleetctlError
from fleetctl.process.files import kind
from fleetctl.process.identity import user_name
from fleetctl.runtime.formats import Invoker
from fleetctl.runtime.node_files import NodeFiles

RETRY_INTERVAL = 0.005

LOCK_PATIENCE = 10.0
"""Seconds to wait for a node's lock, which others hold for milliseconds."""


class Locked(FleetctlError):
    """Another fleetctl holds it, for longer than we were ready to wait."""


class NodeLock:
    """The lock of one node, open but not yet taken; close it, or use it in a `with`.

    `by` is who the others are told about. Makes the node's folder; raises FleetctlError where
    that can't be used.
    """

    def __init__(self, files: NodeFiles, by: Invoker) -> None:
        self._directory = Path(files.directory)
        self._path = Path(files.lock)
        self._by = by
        make_node_directory(self._directory)
        self._descriptor = _open(self._path)

    def acquire(self, deadline: float) -> NodeLock:
        """Take it, trying until `deadline` (monotonic seconds), at least once.

        Raises Locked, saying who holds it, since when and doing what.
        """
        while not self._try():
            if time.monotonic() >= deadline:
                raise self._locked()
            time.sleep(RETRY_INTERVAL)
        try:
            self._check_in_place()
            self._sign()
        except BaseException:
            self.release()
            raise
        return self

    def release(self) -> None:
        """Give it back, in the name of everyone who shares it; twice is fine."""
        if self._descriptor >= 0:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close this copy. The lock lives on where a child has inherited it; twice is fine."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def fileno(self) -> int:
        """The open file that carries the lock; a child that gets it (``pass_fds``) shares it."""
        return self._descriptor

    def __enter__(self) -> NodeLock:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
        self.close()

    def _try(self) -> bool:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _check_in_place(self) -> None:
        # A lock on a file that someone has removed meanwhile excludes nobody.
        try:
            in_place = os.path.samestat(os.fstat(self._descriptor), self._path.lstat())
        except FileNotFoundError:
            in_place = False
        if not in_place:
            raise FleetctlError(f"{self._path} was removed meanwhile", hint="try again")

    def _sign(self) -> None:
        line = json.dumps({"at": time.time(), "by": asdict(self._by)}) + "\n"
        # A full or read-only disk must not keep anyone from stopping a node.
        with suppress(OSError):
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, line.encode(), 0)

    def _locked(self) -> Locked:
        return Locked(
            f"{self._directory.name} is busy: {_holder(self._path)}",
            hint="locks last milliseconds; a holder that doesn't move can be ended safely",
        )


def _open(path: Path) -> int:
    flags = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags | _access(path), 0o600)
    except OSError as error:
        raise FleetctlError(f"cannot open the lock {path}: {_why(error)}") from error
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        raise FleetctlError(f"cannot open the lock {path}: it is {kind(mode)}")
    return descriptor


def _access(path: Path) -> int:
    """How to open it: on a disk that is full or read-only by now, as it stands there."""
    return os.O_RDONLY if path.exists() and _read_only(path) else os.O_RDWR | os.O_CREAT


def _read_only(path: Path) -> bool:
    return bool(os.statvfs(path).f_flag & os.ST_RDONLY)


def make_node_directory(directory: Path) -> None:
    """Make RUNDIR/nodes/NAME (0700) unless it is there; raises FleetctlError.

    A folder of another user's, or a link to one, is refused.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = directory.lstat()
    except OSError as error:
        raise FleetctlError(f"cannot make the folder {directory}: {_why(error)}") from error
    if not stat.S_ISDIR(status.st_mode):
        raise FleetctlError(f"{directory} is {kind(status.st_mode)}, not a folder")
    if status.st_uid != os.geteuid():
        owner = user_name(status.st_uid)
        raise FleetctlError(
            f"{directory} belongs to {owner}",
            hint=f"run as that user: sudo -u {owner} fleetctl …",
        )


def _holder(path: Path) -> str:
    try:
        note = json.loads(path.read_bytes())
        by = Invoker(**note["by"])
        since = datetime.fromtimestamp(note["at"]).astimezone()
    except (OSError, ValueError, TypeError, KeyError, OverflowError):
        return "another fleetctl holds its lock"
    return f"locked by {by.user} (pid {by.pid}) since {since:%H:%M:%S}, running `{by.command}`"


def _why(error: OSError) -> str:
    if error.errno == errno.ELOOP:
        return "it is a symbolic link"
    return (error.strerror or str(error)).lower()
