"""A live node's place in its rundir, put back when someone deletes it: else nobody could reach it.

It runs in the agent's thread, hence on `native` alone.
"""

import fcntl
import os
from typing import Any, Optional

from . import native
from .beat import beat
from .formats import Malformed, Record, from_json
from .node_files import NodeFiles

#: How long a record must be missing: whoever deletes a folder is to be done with it.
PATIENCE = 0.25


class Dwelling:
    """Reads the node's record as it changes, and remembers it for the day it is gone."""

    def __init__(self, files: NodeFiles, launch: str) -> None:
        self._files = files
        self._launch = launch
        self._stamp: Any = None
        self._record = b""
        self._fleet = ""
        self._missing_since: Optional[float] = None
        self._alive: Optional[int] = None
        self.is_superseded = False

    @property
    def is_missing(self) -> bool:
        """Whether there was no record at the last look."""
        return self._missing_since is not None

    @property
    def is_in_order(self) -> bool:
        """Whether the last look found the record, and this launch in it."""
        return self._missing_since is None and not self.is_superseded

    def settle_in(self) -> None:
        """Take the lock that proves this node's life; raises OSError."""
        self._alive = hold(self._files.alive(self._launch))

    def beat(self, now: float) -> None:
        """Say that the last snapshot still holds; raises OSError."""
        if self._alive is not None:
            beat(self._alive, now)

    def look(self, now: float) -> None:
        """See whether the record is there, and whether it names another launch by now."""
        try:
            facts = native.stat(self._files.record)
            stamp = (facts.st_ino, facts.st_mtime_ns, facts.st_size)
            if stamp != self._stamp:
                self._read()
                self._stamp = stamp
        except FileNotFoundError:
            self._missing_since = now if self._missing_since is None else self._missing_since
        except (OSError, Malformed):
            return
        else:
            self._missing_since = None

    def _read(self) -> None:
        data = native.read_all(self._files.record)
        record = from_json(Record, data)
        self.is_superseded = record.launch != self._launch
        self._record, self._fleet = data, os.path.dirname(record.fleet)

    def restore(self, now: float, pidfile: Optional[str]) -> None:
        """Put back what is missing: folder, record, proof of life, `pidfile` where there was one.

        Whatever has appeared there meanwhile stays as it is. Where the folder of fleet.yaml is
        gone too, nothing is: no fleetctl could ever look there. Raises OSError.
        """
        if self._missing_since is None or now - self._missing_since < PATIENCE:
            return
        if self.is_superseded or not self._record:
            return
        native.stat(self._fleet)
        native.makedirs(self._files.directory, 0o700, exist_ok=True)
        self.settle_in()
        put(self._files.record, self._record, 0o600)
        self._missing_since = None
        if pidfile is not None:
            put(pidfile, b"%d\n" % native.getpid(), 0o644)


def put(path: str, data: bytes, mode: int) -> None:
    """Make the file `path` of `data`, whole, unless something has that name; raises OSError."""
    temporary = native.temporary_beside(path)
    try:
        native.write_new(temporary, data, mode)
        native.link(temporary, path)
    except FileExistsError:
        return
    finally:
        native.remove(temporary)


def hold(path: str) -> int:
    """Lock `path` as long as this process lives; its children inherit no POSIX lock.

    Closing any descriptor of the file would give the lock up (fcntl(2)): the one that is returned
    stays open.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = native.open_file(path, flags, 0o600)
    fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return descriptor
