"""What the agent's thread lives on, taken before gevent or eventlet can patch it.

A patched lock, sleep, open or socket belongs to the hub of greenlets, which stands still just when
the agent is needed most. This module is therefore imported before Celery and before the app.
"""

import _socket
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
ftruncate = os.ftruncate
open_file = os.open
close_file = os.close
read_file = os.read
pread_file = os.pread
write_file = os.write
pwrite_file = os.pwrite
Socket = _socket.socket

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

    Raises OSError.
    """
    directory = os.path.dirname(path)
    temporary = os.path.join(directory, f".tmp-{getpid()}-{next(_names)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    descriptor = open_file(temporary, flags, 0o600)
    try:
        try:
            view = memoryview(data)
            while view:
                view = view[write_file(descriptor, view) :]
        finally:
            close_file(descriptor)
        rename(temporary, path)
    except BaseException:
        unlink(temporary)
        raise
