"""What the agent's thread lives on, taken before gevent or eventlet can patch it.

A patched lock, sleep, open or socket belongs to the hub of greenlets, which stands still just when
the agent is needed most. This module is therefore imported before Celery and before the app.
"""

import _socket
import errno
import itertools
import os
import time
from _thread import allocate_lock, get_ident, start_new_thread

__all__ = ["allocate_lock", "get_ident", "start_new_thread"]

monotonic = time.monotonic
clock = time.time
getpid = os.getpid
stat = os.stat
fstat = os.fstat
utime = os.utime
rename = os.rename
unlink = os.unlink
link = os.link
makedirs = os.makedirs
ftruncate = os.ftruncate
open_file = os.open
close_file = os.close
read_file = os.read
pread_file = os.pread
write_file = os.write
pwrite_file = os.pwrite
Socket = _socket.socket

FULL = (errno.ENOSPC, errno.EDQUOT)
BLOCK = 512  # the unit of st_blocks, whatever the file system's own is (stat(2))

_names = itertools.count()


def read_all(path: str, limit: int = 1 << 20) -> bytes:
    """A small file's bytes. Raises OSError."""
    descriptor = open_file(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return read_file(descriptor, limit)
    finally:
        close_file(descriptor)


def replace_file(path: str, data: bytes) -> None:
    """`files.write_atomic` for the agent's thread: not durable, and nothing in it can be patched.

    On a full disk the file is overwritten in the blocks it already has, if they
    suffice. Raises OSError.
    """
    temporary = temporary_beside(path)
    try:
        write_new(temporary, data, 0o600)
        rename(temporary, path)
    except OSError as error:
        remove(temporary)
        if error.errno not in FULL:
            raise
        overwrite(path, data)
    except BaseException:
        remove(temporary)
        raise


def overwrite(path: str, data: bytes) -> None:
    """Put `data` in the place of a file's content without needing space; raises OSError.

    A longer content before is covered by spaces, which mean nothing in JSON: with one write and no
    cut, a reader meets the old or the new.
    """
    descriptor = open_file(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        facts = fstat(descriptor)
        if len(data) > facts.st_blocks * BLOCK:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
        pwrite_file(descriptor, data.ljust(facts.st_size), 0)
    finally:
        close_file(descriptor)


def write_new(path: str, data: bytes, mode: int) -> None:
    """Make a file of `data`; there must be none of that name. Raises OSError."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    descriptor = open_file(path, flags, mode)
    try:
        view = memoryview(data)
        while view:
            view = view[write_file(descriptor, view) :]
    finally:
        close_file(descriptor)


def temporary_beside(path: str) -> str:
    """A name in the folder of `path` that nobody else uses."""
    return os.path.join(os.path.dirname(path), f".tmp-{getpid()}-{next(_names)}")


def remove(path: str) -> None:
    """Remove a file, if there is one that can be removed."""
    try:
        unlink(path)
    except OSError:
        return
