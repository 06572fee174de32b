"""The file that catches what a node prints beside its log, and that mustn't fill the disk."""

import os

from . import native

LIMIT = 1 << 20
HEAD = 256 << 10
TAIL = 64 << 10
MARKER = b"\n[... fleetctl left out %d bytes here ...]\n"


def bound(path: str) -> bool:
    """Cut the middle out of the file at `path` if it is over LIMIT; say whether that was so.

    The node goes on appending meanwhile: a line written in this very instant may be lost.
    Raises OSError.
    """
    if native.stat(path).st_size <= LIMIT:
        return False
    # Without O_APPEND: with it, Linux appends whatever offset pwrite is given (pwrite(2), BUGS).
    flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = native.open_file(path, flags)
    try:
        _cut(descriptor)
    finally:
        native.close_file(descriptor)
    return True


def _cut(descriptor: int) -> None:
    size = native.fstat(descriptor).st_size
    tail = native.pread_file(descriptor, TAIL, size - TAIL)
    kept = MARKER % (size - HEAD - TAIL) + tail
    native.pwrite_file(descriptor, kept, HEAD)
    native.ftruncate(descriptor, HEAD + len(kept))
