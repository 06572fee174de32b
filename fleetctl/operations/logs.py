"""The logs of a fleet: read to their ends, or followed."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fleetctl.fleet.model import Node
from fleetctl.fleet.places import is_folder
from fleetctl.logs import backlog, wanted
from fleetctl.logs.backlog import Request
from fleetctl.logs.forms import Forms
from fleetctl.logs.live import Live, openings, stream_of, unreadable
from fleetctl.logs.reading import merged
from fleetctl.logs.record import Entry
from fleetctl.logs.siblings import Folders, siblings
from fleetctl.logs.sources import LogFile, NodeLogs
from fleetctl.logs.stamps import zone_of
from fleetctl.logs.streams import Plain, Stream
from fleetctl.logs.wanted import Wanted
from fleetctl.process.limits import raise_open_files, require_open_files

if TYPE_CHECKING:
    from fleetctl.logs.events import Emit

_LATELY = 5000
"""Records of each node that are looked at for what is usual there."""

Nodes = Mapping[str, Node | None]


def node_logs(rundir: Path, nodes: Nodes, *, to_come: bool = False) -> list[NodeLogs]:
    """Where each node's logs are; None stands for a node that has left fleet.yaml.

    A node that runs with another logfile than fleet.yaml says has both. `to_come` is whether nodes
    may still be started.
    """
    started = to_come or ever_started(rundir)
    return [_node_logs(rundir, name, node, started) for name, node in nodes.items()]


def ever_started(rundir: Path) -> bool:
    """Whether any node has left anything of itself there. Imports nothing to find out."""
    return is_folder(rundir / "nodes")


def _node_logs(rundir: Path, name: str, node: Node | None, started: bool) -> NodeLogs:
    folder, recorded = _recorded(rundir, name) if started else (None, None)
    paths = [node.logfile] if node else []
    if recorded is not None and recorded not in paths:
        paths.append(recorded)
    zone = node.env.get("TZ") if node else None
    return NodeLogs(
        label=name,
        main=tuple(paths),
        template=node.logfile_format if node else "",
        folder=folder,
        forms=Forms(
            # What is also this process's own zone is local time, which takes no look into zoneinfo.
            node.log_formats if node else (),
            zone_of(zone) if zone != os.environ.get("TZ") else None,
        ),
    )


def _recorded(rundir: Path, name: str) -> tuple[Path, Path | None]:
    """The node's own folder, and the logfile it was started with."""
    from fleetctl.process.records import read_record
    from fleetctl.runtime.formats import Record
    from fleetctl.runtime.node_files import NodeFiles

    files = NodeFiles(str(rundir), name)
    record = read_record(files)
    logfile = record.logfile if isinstance(record, Record) else ""
    return Path(files.directory), Path(logfile) if logfile else None


def files_of(logs: Sequence[NodeLogs]) -> list[list[LogFile]]:
    """The files of each node; one that several nodes log to is the first one's."""
    seen: set[Path] = set()
    found = []
    for node in logs:
        own = [file for file in node.files() if file.path not in seen]
        seen.update(file.path for file in own)
        found.append(own)
    return found


def paths(logs: Sequence[NodeLogs]) -> list[tuple[str, Path]]:
    """Every file there is to read, whose it is; rotated siblings before the file itself."""
    by_node = files_of(logs)
    claimed, folders = {file.path for files in by_node for file in files}, Folders()
    return [
        (file.label, path)
        for files in by_node
        for file in files
        for path in (*_rotated(file, claimed, folders), file.path)
    ]


def _rotated(file: LogFile, claimed: set[Path], folders: Folders) -> list[Path]:
    return [] if file.printed else [each.path for each in siblings(file.path, claimed, folders)]


def begin(by_node: Sequence[Sequence[LogFile]], request: Request, emit: Emit) -> list[Live]:
    """Open the files, and find where in them, and in their siblings, the request begins."""
    claimed = {file.path for files in by_node for file in files}
    require_open_files(len(claimed))
    opened = openings(by_node, claimed, emit)
    for lives in opened:
        backlog.choose(lives, request, emit)
    return [live for lives in opened for live in lives]


def read(logs: Sequence[NodeLogs], request: Request, emit: Emit) -> Iterator[list[Entry]]:
    """The records asked for, in the order of time, as they stand now; what can't be is emitted."""
    raise_open_files()
    streams: list[Stream] = []
    for live in begin(files_of(logs), request, emit):
        streams += live.older
        if live.descriptor is not None:
            streams.append(_stream(live, live.descriptor, request))

    def failed(stream: Stream, error: Exception) -> None:
        unreadable(emit, stream.label, stream.path, error)

    return merged(streams, failed)


def task_names(logs: Sequence[NodeLogs]) -> list[str]:
    """The names of the tasks that were lately told of, in the order of the alphabet."""
    request = Request(wanted=Wanted(), lines=_LATELY)
    found = read(logs, request, lambda _: None)
    return sorted(wanted.task_names(text for entries in found for _, _, text in entries))


def _stream(live: Live, descriptor: int, request: Request) -> Stream:
    file, source = live.file, Plain(descriptor, live.account(), end=live.end)
    return stream_of(file, source, file.path, live.forms, request.wanted, modified=live.modified)
