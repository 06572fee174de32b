"""Whose logs are followed: the nodes of fleet.yaml as it changes, their launches and files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from fleetctl.errors import FleetctlError
from fleetctl.logs.events import Emit, FleetInError, Joined
from fleetctl.logs.sources import LogFile, NodeLogs
from fleetctl.operations.logs import files_of
from fleetctl.process.records import read_record
from fleetctl.runtime.formats import Record
from fleetctl.runtime.node_files import NodeFiles

_Signature = tuple[int, int]


class Roster:
    """The nodes followed. `sources` reads fleet.yaml, at `fleet`, anew; `emit` is told who joins.

    A node that leaves fleet.yaml is followed on.
    """

    def __init__(
        self, fleet: Path, rundir: Path, sources: Callable[[], Sequence[NodeLogs]], emit: Emit
    ) -> None:
        self._fleet = fleet
        self._rundir = rundir
        self._sources = sources
        self._emit = emit
        self._logs: list[NodeLogs] = []
        self._seen: _Signature | None = None
        self._records: dict[str, _Signature | None] = {}
        self._launches: dict[str, str | None] = {}

    @property
    def labels(self) -> list[str]:
        """The names of the nodes."""
        return [node.label for node in self._logs]

    def begin(self) -> list[list[LogFile]]:
        """The files of each node, as things stand."""
        self._seen = _signature(self._fleet)
        self._logs = list(self._sources())
        for node in self._logs:
            self._take_note(node)
        return files_of(self._logs)

    def look(self) -> list[LogFile]:
        """The files there may be since the last look, among others that were there before."""
        changed = self._reload()
        for node in self._logs:
            # What a launch prints is a new file; pool children come and go as they like.
            if self._relaunched(node) or node.has_children:
                changed = True
        return [file for files in files_of(self._logs) for file in files] if changed else []

    def _reload(self) -> bool:
        seen = _signature(self._fleet)
        # Editors replace a file by taking it away first.
        if seen is None or seen == self._seen:
            return False
        self._seen = seen
        try:
            logs = self._sources()
        except FleetctlError as error:
            self._emit(FleetInError(error.message))
            return False
        labels = {node.label for node in logs}
        known = {node.label for node in self._logs}
        self._logs = [*logs, *(node for node in self._logs if node.label not in labels)]
        for node in logs:
            if node.label not in known:
                self._take_note(node)
                self._emit(Joined(node.label))
        return True

    def _relaunched(self, node: NodeLogs) -> bool:
        signature = _signature(self._record(node))
        if signature == self._records[node.label]:
            return False
        before = self._launches[node.label]
        self._take_note(node)
        return self._launches[node.label] not in (None, before)

    def _take_note(self, node: NodeLogs) -> None:
        self._records[node.label] = _signature(self._record(node))
        record = read_record(NodeFiles(str(self._rundir), node.label))
        self._launches[node.label] = record.launch if isinstance(record, Record) else None

    def _record(self, node: NodeLogs) -> Path:
        return Path(NodeFiles(str(self._rundir), node.label).record)


def _signature(path: Path) -> _Signature | None:
    """What changes when a file is replaced or written to; None while there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns
