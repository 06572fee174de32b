"""Reading the journal: what was done to the fleet, the oldest first, trusting no line blindly."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from fleetctl.errors import FleetctlError
from fleetctl.process.files import read_regular
from fleetctl.process.identity import user_name
from fleetctl.process.typed import conforms
from fleetctl.runtime import journal
from fleetctl.runtime.formats import Entry, Malformed, from_json

_ATTEMPTS = 5
_MARGIN = 1 << 20
"""What many writers at once may put beyond the limit before one of them rotates."""


@dataclass(frozen=True, slots=True)
class Journal:
    """What was told, in the order it was written; ``damaged`` lines told nothing."""

    entries: tuple[Entry, ...] = ()
    damaged: int = 0


@dataclass(frozen=True, slots=True)
class _Part:
    content: bytes = b""
    inode: int = 0


def read(rundir: Path) -> Journal:
    """Everything that is still there; empty where nothing was ever done.

    Raises FleetctlError for a journal that can't be read or that another user wrote.
    """
    path = rundir / journal.NAME
    older = path.with_name(path.name + ".1")
    for _ in range(_ATTEMPTS):
        first, last = _part(older), _part(path)
        if _inode(older) == first.inode:
            break
    return parse(first.content + b"\n" + last.content)


def parse(content: bytes) -> Journal:
    """The entries in the lines of `content`; pure."""
    lines = [line for line in content.split(b"\n") if line.strip()]
    entries = [entry for entry in map(_entry, lines) if entry is not None]
    return Journal(tuple(_without_guesses(entries)), damaged=len(lines) - len(entries))


def _without_guesses(entries: list[Entry]) -> list[Entry]:
    """Without the ends that nobody saw where somebody saw them after all, and told late."""
    seen = {_run(entry) for entry in entries if _tells_end(entry) and not _is_guess(entry)}
    told: set[tuple[str, str | None]] = set()
    kept = []
    for entry in entries:
        run = _run(entry)
        if _tells_end(entry) and (run in told or (_is_guess(entry) and run in seen)):
            continue
        if _tells_end(entry):
            told.add(run)
        kept.append(entry)
    return kept


def _tells_end(entry: Entry) -> bool:
    return entry.what in ("exit", "failed") and entry.launch is not None


def _is_guess(entry: Entry) -> bool:
    return entry.code is None and entry.signal is None


def _run(entry: Entry) -> tuple[str, str | None]:
    return entry.node, entry.launch


def _entry(line: bytes) -> Entry | None:
    try:
        entry = from_json(Entry, line)
    except (Malformed, RecursionError):
        return None
    return entry if conforms(entry, Entry) else None


def _part(path: Path) -> _Part:
    try:
        content, status = read_regular(path, journal.LIMIT + _MARGIN)
    except (FileNotFoundError, NotADirectoryError):
        return _Part()
    except OSError as error:
        raise FleetctlError(f"cannot read {path}: {(error.strerror or str(error))}") from error
    if status.st_uid != os.geteuid():
        raise FleetctlError(f"{path} belongs to {user_name(status.st_uid)}: it counts for nothing")
    return _Part(content, status.st_ino)


def _inode(path: Path) -> int:
    try:
        return path.lstat().st_ino
    except OSError:
        return 0
