"""What the journal tells of a fleet from now on: starts and ends, as they happen."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterator
from pathlib import Path

from fleetctl.logs.events import Emit, JournalUnreadable
from fleetctl.logs.files import identity, open_log, why
from fleetctl.logs.streams import CHUNK, Account, Plain, Truncated
from fleetctl.process import journal
from fleetctl.process.identity import user_name
from fleetctl.runtime.entry import Entry
from fleetctl.runtime.journal import NAME

_SHOWN = frozenset({"started", "adopted", "exit", "failed"})


class News:
    """Reads the journal in `rundir` on from its end; from its beginning, if there is none so far.

    `begun` is when that is (epoch seconds). A journal that others have put in its place, or written
    anew, may hold what it did before: only what is later than all that was told is news there.
    Where it can't be read, `emit` is told why, once. ``opened`` counts the files it has been.
    """

    def __init__(self, rundir: Path, emit: Emit, *, begun: float) -> None:
        self.opened = 0
        self._path = rundir / NAME
        self._emit = emit
        self._begun = self._latest = begun
        self._source: Plain | None = None
        self._rest = b""
        self._known_until = begun
        self._ended: set[tuple[str, str | None]] = set()
        self._complaint: str | None = None
        self._open()
        if self._source is not None:
            self._source.skip_to_end()
            self._known_until = 0.0

    @property
    def descriptor(self) -> int | None:
        """The file to watch, None while there is none."""
        return self._source.descriptor if self._source else None

    def read(self, nodes: Collection[str]) -> list[Entry]:
        """The starts and ends of `nodes` that were told since the last call, in their order."""
        news = list(self._read_on(nodes))
        if self._is_replaced():
            self._known_until = self._begun if self._is_rotated() else self._latest
            self.close()
            self._open()
            news += self._read_on(nodes)
        return news

    def close(self) -> None:
        """Read no more of it."""
        if self._source is not None:
            self._source.close()
            self._source = None

    def _read_on(self, nodes: Collection[str]) -> Iterator[Entry]:
        while self._source is not None:
            try:
                data = self._source.read(CHUNK)
            except Truncated:
                self._known_until = self._latest
                self._begin(self._source.descriptor)
                continue
            except OSError as error:
                self._complain(why(error))
                self.close()
                return
            if not data:
                return
            yield from self._told(data, nodes)

    def _told(self, data: bytes, nodes: Collection[str]) -> list[Entry]:
        whole, _, self._rest = (self._rest + data).rpartition(b"\n")
        now, known_until = time.time(), self._known_until
        entries = journal.parse(whole).entries(nodes)
        self._latest = max([self._latest, *(min(each.at, now) for each in entries)])
        return [
            each
            for each in entries
            if each.at > known_until and (each.what in _SHOWN or each.tasks) and self._is_new(each)
        ]

    def _is_new(self, entry: Entry) -> bool:
        """Whoever finds a node gone tells of it, though its launcher may have done so, too."""
        if entry.what not in ("exit", "failed"):
            return True
        run = entry.node, entry.launch
        known = run in self._ended
        self._ended.add(run)
        return entry.launch is None or not known

    def _is_replaced(self) -> bool:
        try:
            found = identity(self._path.lstat())
        except OSError:
            return False
        return self.descriptor is None or identity(os.fstat(self.descriptor)) != found

    def _is_rotated(self) -> bool:
        """Whether what was read is the older one now: its writers have begun the new one."""
        try:
            older = identity(self._path.with_name(f"{NAME}.1").lstat())
        except OSError:
            return False
        return self.descriptor is not None and identity(os.fstat(self.descriptor)) == older

    def _open(self) -> None:
        try:
            descriptor = open_log(self._path, follow_links=False)
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            self._complain(why(error))
            return
        owner = os.fstat(descriptor).st_uid
        if owner == os.geteuid():
            self.opened += 1
            self._complaint = None
            self._begin(descriptor)
        else:
            os.close(descriptor)
            self._complain(f"belongs to {user_name(owner)}")

    def _begin(self, descriptor: int) -> None:
        """From the file's beginning."""
        self._source, self._rest = Plain(descriptor, Account()), b""

    def _complain(self, said: str) -> None:
        if said != self._complaint:
            self._complaint = said
            self._emit(JournalUnreadable(self._path, said))
