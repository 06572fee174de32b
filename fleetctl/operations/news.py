"""What the journal tells of a fleet from now on: starts and ends, as they happen."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from fleetctl.logs.files import identity, open_log
from fleetctl.process import journal
from fleetctl.runtime.entry import Entry
from fleetctl.runtime.journal import NAME

_SHOWN = frozenset({"started", "adopted", "exit", "failed"})


class News:
    """Reads the journal in `rundir` on from its end; from its beginning, if there is none so far.

    ``descriptor`` is the file to watch, None while there is none; ``opened`` counts the files it
    has been.
    """

    def __init__(self, rundir: Path) -> None:
        self.descriptor: int | None = None
        self.opened = 0
        self._path = rundir / NAME
        self._rest = b""
        self._position = 0
        self._ended: set[tuple[str, str | None]] = set()
        self._open()
        if self.descriptor is not None:
            self._position = os.fstat(self.descriptor).st_size

    def read(self, nodes: Collection[str]) -> list[Entry]:
        """The starts and ends of `nodes` that were told since the last call, in their order."""
        data = self._rest + self._more()
        if self._is_replaced():
            self.close()
            self._open()
            data += b"\n" + self._more()
        whole, _, self._rest = data.rpartition(b"\n")
        if not whole:
            return []
        entries = journal.parse(whole).entries(nodes)
        return [
            each for each in entries if (each.what in _SHOWN or each.tasks) and self._is_new(each)
        ]

    def close(self) -> None:
        """Read no more of it."""
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None

    def _is_new(self, entry: Entry) -> bool:
        """Whoever finds a node gone tells of it, though its launcher may have done so, too."""
        if entry.what not in ("exit", "failed"):
            return True
        run = entry.node, entry.launch
        known = run in self._ended
        self._ended.add(run)
        return entry.launch is None or not known

    def _more(self) -> bytes:
        if self.descriptor is None:
            return b""
        size = os.fstat(self.descriptor).st_size
        if size <= self._position:
            return b""
        data = os.pread(self.descriptor, size - self._position, self._position)
        self._position += len(data)
        return data

    def _is_replaced(self) -> bool:
        try:
            found = identity(self._path.stat())
        except OSError:
            return False
        return self.descriptor is None or identity(os.fstat(self.descriptor)) != found

    def _open(self) -> None:
        self._position = 0
        try:
            descriptor = open_log(self._path, follow_links=False)
        except OSError:
            return
        if os.fstat(descriptor).st_uid == os.geteuid():
            self.descriptor = descriptor
            self.opened += 1
        else:
            os.close(descriptor)
