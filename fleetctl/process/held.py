"""What a node's locks prove: that it lives, wherever its pid counts, whatever its files say."""

from __future__ import annotations

import fcntl
import os
import struct
from contextlib import suppress
from pathlib import Path

from fleetctl.process.rundir import registry_path
from fleetctl.runtime.formats import Identity
from fleetctl.runtime.identity import identity_of
from fleetctl.runtime.lease import place_of

#: struct flock of fcntl(2) on Linux: type, whence, start, length, pid.
_FLOCK = struct.Struct("@hhqqi")


def homeless(rundir: Path, name: str) -> Identity | None:
    """The living process of a node that has no record: somebody has deleted its rundir.

    Within a few seconds it puts its record back. None where there is no such process in reach.
    """
    registry = registry_path()
    # In a folder of another user's anything can be locked by anyone.
    with suppress(OSError):
        if registry.lstat().st_uid == os.geteuid():
            pid = holder(place_of(str(registry), str(rundir), name))
            return identity_of(pid) if pid else None
    return None


def is_locked(path: str) -> bool:
    """Whether a living process, in whatever pid namespace, holds a POSIX lock on `path`."""
    return holder(path) is not None


def holder(path: str) -> int | None:
    """The pid of the process that holds a POSIX lock on `path`, 0 if it is in another namespace.

    Asks only (F_GETLK): a try at the lock itself could make its owner's fail.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        question = _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        kind, _, _, _, pid = _FLOCK.unpack(fcntl.fcntl(descriptor, fcntl.F_GETLK, question))
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return None if kind == fcntl.F_UNLCK else int(pid)
