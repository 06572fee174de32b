"""Reading what fleetctl and the nodes have written of themselves, trusting none of it blindly."""

from __future__ import annotations

import errno
import os
import re
import stat
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from fleetctl.errors import FleetctlError
from fleetctl.process.files import read_regular
from fleetctl.process.identity import user_name
from fleetctl.process.typed import conforms
from fleetctl.runtime.beat import beat_of
from fleetctl.runtime.files import write_atomic
from fleetctl.runtime.formats import (
    Asked,
    Exit,
    Identity,
    Malformed,
    Record,
    Snapshot,
    from_json,
    to_json,
)
from fleetctl.runtime.node_files import NodeFiles

T = TypeVar("T", Record, Snapshot, Exit)

#: Asked signals kept in a record: enough for any ladder, and a bound for an impatient operator.
KEPT_ASKED = 20

_LAUNCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


@dataclass(frozen=True, slots=True)
class ForeignOwner:
    """A file that another user wrote: it counts for nothing."""

    path: str
    uid: int

    def __str__(self) -> str:
        return f"its {Path(self.path).name} belongs to {user_name(self.uid)}"


@dataclass(frozen=True, slots=True)
class Damaged:
    """A file that can't be read, or that holds something else than it should."""

    path: str
    why: str

    def __str__(self) -> str:
        return f"its {Path(self.path).name} is damaged: {self.why}"


Unusable = ForeignOwner | Damaged


def read_record(files: NodeFiles) -> Record | Unusable | None:
    """The node's record; None when it was never started from here."""
    found = _read(Record, files.record)
    if not isinstance(found, Record):
        return found
    # The launch becomes part of file names.
    if not _LAUNCH.fullmatch(found.launch):
        return Damaged(files.record, "a launch id that can't be one")
    if found.name != Path(files.directory).name:
        return Damaged(files.record, "it is another node's")
    return found


def read_snapshot(files: NodeFiles, record: Record) -> Snapshot | Unusable | None:
    """The last snapshot of this very launch and process; None when there is none yet.

    It counts as written when the node last said that it still holds.
    """
    # Before the snapshot is read: a beat holds for what was there when it came.
    beat = _beat(files.alive(record.launch))
    found = _read(Snapshot, files.snapshot(record.launch))
    if isinstance(found, Snapshot) and (found.launch, found.pid) != (
        record.launch,
        record.identity.pid,
    ):
        return Damaged(files.snapshot(record.launch), "it is another process's")
    if isinstance(found, Snapshot) and beat is not None and beat > found.written:
        written_at = found.written_at + (beat - found.written)
        return replace(found, written=beat, written_at=written_at, answered=beat)
    return found


def read_exit(files: NodeFiles, record: Record) -> Exit | Unusable | None:
    """How this launch ended, as its parent saw it; None while nobody has said so."""
    found = _read(Exit, files.exit(record.launch))
    if isinstance(found, Exit) and found.launch != record.launch:
        return Damaged(files.exit(record.launch), "it is another launch's")
    return found


def note_asked(files: NodeFiles, record: Record, asked: Asked) -> Record:
    """Add a signal to the node's record, durably; call it under the node's lock.

    Returns the record as it is on disk now. Raises FleetctlError when the record isn't that of
    the same launch any more, OSError when it can't be written.
    """
    current = read_record(files)
    if not isinstance(current, Record) or current.launch != record.launch:
        raise FleetctlError(f"{record.name} was started anew meanwhile", hint="try again")
    noted = replace(current, asked=[*current.asked, asked][-KEPT_ASKED:])
    write_atomic(files.record, to_json(noted), durable=True)
    return noted


def of_another_fleet(record: Record, fleet: Path) -> bool:
    """Whether another fleet.yaml than `fleet`, which still is there, has started it.

    One that was renamed or moved away is no other fleet.
    """
    try:
        return not os.path.samefile(record.fleet, fleet)  # noqa: PTH121 - a record's is text
    except (OSError, ValueError):
        return False


def left_names(rundir: Path, fleet: Path) -> tuple[str, ...]:
    """The recorded nodes that `fleet` may have left behind: not those of a fleet beside it."""
    found = {name: read_record(NodeFiles(str(rundir), name)) for name in recorded_names(rundir)}
    return tuple(
        name
        for name, record in found.items()
        if not (isinstance(record, Record) and of_another_fleet(record, fleet))
    )


def owner_of(rundir: Path, identity: Identity) -> Record | None:
    """The record of this very process in `rundir`, if it has one; raises nothing."""
    try:
        names = recorded_names(rundir)
    except FleetctlError:
        return None
    found = (read_record(NodeFiles(str(rundir), name)) for name in names)
    return next((r for r in found if isinstance(r, Record) and r.identity == identity), None)


def recorded_names(rundir: Path) -> tuple[str, ...]:
    """The nodes that have a record in `rundir`, in alphabetical order."""
    try:
        entries = sorted((rundir / "nodes").iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except OSError as error:
        raise FleetctlError(f"cannot read {rundir / 'nodes'}: {error.strerror}") from error
    return tuple(e.name for e in entries if os.path.lexists(NodeFiles(str(rundir), e.name).record))


def _beat(path: str) -> float | None:
    try:
        status = os.lstat(path)
    except OSError:
        return None
    if status.st_uid != os.geteuid() or not stat.S_ISREG(status.st_mode):
        return None
    return beat_of(status.st_mtime, time.monotonic())


def _read(kind: type[T], path: str) -> T | Unusable | None:
    try:
        content, status = read_regular(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError:
        return _of_another(path) or Damaged(path, "it can't be read: permission denied")
    except OSError as error:
        return Damaged(path, _why(error))
    if status.st_uid != os.geteuid():
        return ForeignOwner(path, status.st_uid)
    try:
        value = from_json(kind, content)
    except (Malformed, RecursionError) as error:
        return Damaged(path, str(error)[:200])
    return value if conforms(value, kind) else Damaged(path, "a value is of the wrong type")


def _of_another(path: str) -> ForeignOwner | None:
    # Node folders are 0700: what is in another user's can't even be looked at.
    try:
        uid = Path(path).parent.stat().st_uid
    except OSError:
        return None
    return ForeignOwner(path, uid) if uid != os.geteuid() else None


def _why(error: OSError) -> str:
    if error.errno == errno.ELOOP:
        return "it is a symbolic link"
    return (error.strerror or str(error)).lower()
