"""Reading files that others may have put there: no link followed, no fifo waited on."""

from __future__ import annotations

import os
import stat

#: Enough for the snapshot of a node that runs ten thousand greenlets.
LIMIT = 16 << 20


class NotRegular(OSError):
    """It is a directory, a fifo, a device or a socket; the message names which."""


def read_regular(path: str | os.PathLike[str], limit: int = LIMIT) -> tuple[bytes, os.stat_result]:
    """A regular file's bytes, at most `limit`, and the status of the very file that was read.

    Raises OSError (ELOOP for a link) and NotRegular.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
    descriptor = os.open(path, flags)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise NotRegular(f"is {kind(status.st_mode)}")
        return os.read(descriptor, limit), status
    finally:
        os.close(descriptor)


def kind(mode: int) -> str:
    """What a file of this mode is, with its article: ``a directory``, ``a fifo``."""
    for test, word in (
        (stat.S_ISREG, "a file"),
        (stat.S_ISDIR, "a directory"),
        (stat.S_ISLNK, "a symbolic link"),
        (stat.S_ISFIFO, "a fifo"),
        (stat.S_ISSOCK, "a socket"),
    ):
        if test(mode):
            return word
    return "a device"
