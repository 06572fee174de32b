"""Reading what others may have put there, and writing whole or not at all."""

import os
import stat
import tempfile

from .formats import Malformed


def read_nofollow(path: str, limit: int = 1 << 20) -> bytes:
    """A regular file's bytes, at most `limit`, following no link and waiting on no fifo.

    Raises OSError (ELOOP for a link) and Malformed for what is not a regular file.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise Malformed(f"{path} is not a regular file")
        return os.read(descriptor, limit)
    finally:
        os.close(descriptor)


def write_atomic(path: str, data: bytes, durable: bool = False) -> None:
    """Replace `path` by `data`, whole or not at all; `durable` also survives a power cut.

    The temporary name is unique, so that two writers can't mix. Raises OSError.
    """
    directory = os.path.dirname(path)
    descriptor, temporary = tempfile.mkstemp(prefix=".tmp-", dir=directory)
    try:
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
            if durable:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    if durable:
        folder = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
