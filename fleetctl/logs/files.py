"""Opening log files: regular ones only, compressed ones too; their identity and their head."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import IO, cast

from fleetctl.process.files import NotRegular, kind

HEAD = 512
"""So many first bytes tell one log from another: they hold the time of its first record."""

_MOST_PARTS = 10_000

PACKED = (".gz", ".bz2", ".xz")

Identity = tuple[int, int]
"""Device and inode: a file, as long as somebody holds it open."""


def open_log(path: Path, *, follow_links: bool = True) -> int:
    """A descriptor to read a log by; no fifo is waited on. Raises OSError, also NotRegular."""
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
    descriptor = os.open(path, flags if follow_links else flags | os.O_NOFOLLOW)
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return descriptor
    os.close(descriptor)
    raise NotRegular(f"is {kind(mode)}")


def past_hole(descriptor: int, offset: int, end: int) -> int:
    """Where something was written, from `offset` on, `end` at most.

    A file that was truncated under a writer without O_APPEND, or grew in a crash, has gigabytes
    of NULs that are on no disk (lseek(2), SEEK_DATA).
    """
    if not hasattr(os, "SEEK_DATA"):
        return offset
    try:
        return min(end, os.lseek(descriptor, offset, os.SEEK_DATA))
    except OSError as error:
        return end if error.errno == errno.ENXIO else offset


def before_hole(descriptor: int, offset: int, begin: int = 0) -> int:
    """Where the hole begins that reaches up to `offset`, `begin` at least; `offset`, if none does.

    A file can only be asked for what comes next (lseek(2)), so its parts are gone through.
    """
    if not hasattr(os, "SEEK_HOLE"):
        return offset
    hole = begin
    for _ in range(_MOST_PARTS):
        data = past_hole(descriptor, hole, offset)
        if data == offset:
            return hole
        try:
            hole = os.lseek(descriptor, data, os.SEEK_HOLE)
        except OSError:
            return offset
        if hole >= offset:
            return offset
    return offset


def unpacking(descriptor: int, suffix: str) -> IO[bytes]:
    """A stream of what is in a compressed log; the descriptor is closed. Raises OSError."""
    # Opened anew, since what is read through another's file isn't closed with it.
    name = f"/dev/fd/{descriptor}"
    try:
        if suffix == ".gz":
            import gzip

            return cast("IO[bytes]", gzip.open(name))
        if suffix == ".bz2":
            import bz2

            return cast("IO[bytes]", bz2.open(name))
        if suffix == ".xz":
            import lzma

            return cast("IO[bytes]", lzma.open(name))
    finally:
        os.close(descriptor)
    raise NotRegular(f"is compressed as {suffix}, which isn't understood")


def damages() -> tuple[type[Exception], ...]:
    """What reading a damaged compressed log raises, beside OSError and EOFError."""
    import lzma
    import zlib

    return zlib.error, lzma.LZMAError


def why(error: Exception) -> str:
    """Why a log can't be read (on): ``permission denied``, ``is a directory``."""
    if not isinstance(error, OSError):
        return "it ends in the middle"
    if isinstance(error, NotRegular):
        return str(error)
    if error.errno == errno.ELOOP:
        return "is a link"
    return (error.strerror or str(error)).lower()


def identity(status: os.stat_result) -> Identity:
    """Which file it is."""
    return status.st_dev, status.st_ino
