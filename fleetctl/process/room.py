"""Whether a folder can take another file, as far as its file system tells without a try."""

from __future__ import annotations

import os

#: Less than this is full: a snapshot is written beside the one it replaces.
LEAST_BYTES = 64 << 10


def lacking(folder: str) -> str | None:
    """``full`` or ``read-only`` where no file can be written; None where there is no such sign.

    A quota doesn't show.
    """
    try:
        found = os.statvfs(folder)
    except OSError:
        return None
    if found.f_flag & os.ST_RDONLY:
        return "read-only"
    # A file system that doesn't count its blocks, or its inodes, has none in all.
    no_space = (
        found.f_blocks and _free(found.f_bavail, found.f_bfree) * found.f_frsize < LEAST_BYTES
    )
    no_inode = found.f_files and not _free(found.f_favail, found.f_ffree)
    return "full" if no_space or no_inode else None


def _free(available: int, reserved_too: int) -> int:
    return reserved_too if os.geteuid() == 0 else available
