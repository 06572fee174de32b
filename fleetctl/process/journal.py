"""Reading the journal: what was done to the fleet, the oldest first, trusting no line blindly."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fleetctl.errors import FleetctlError
from fleetctl.process.files import read_regular
from fleetctl.process.identity import user_name
from fleetctl.process.typed import conforms
from fleetctl.runtime import journal
from fleetctl.runtime.entry import Entry, entry_of
from fleetctl.runtime.formats import Malformed

Line = dict[str, Any]
Run = tuple[str, str]
"""A node and its launch."""

_ATTEMPTS = 5
_MARGIN = 1 << 20
"""What many writers at once may put beyond the limit before one of them rotates."""


@dataclass(frozen=True, slots=True)
class Journal:
    """The lines that are there, in the order they were written, as JSON gave them.

    Tens of thousands are quickly read and slowly judged: `entries` judges those that are wanted.
    ``damaged`` lines are none.
    """

    lines: tuple[Line, ...] = ()
    damaged: int = 0

    @property
    def names(self) -> frozenset[str]:
        """The nodes it tells of."""
        return frozenset(line["node"] for line in self.lines)

    @property
    def starts(self) -> dict[Run, float]:
        """When each run was started (epoch seconds)."""
        return {_run(line): line["at"] for line in self.lines if line.get("what") == "started"}

    def entries(
        self, nodes: Collection[str], *, since: float | None = None, last: int | None = None
    ) -> tuple[Entry, ...]:
        """What is told of `nodes` since then (epoch seconds), the `last` so many."""
        return self.judged(nodes, since=since, last=last)[0]

    def judged(
        self, nodes: Collection[str], *, since: float | None = None, last: int | None = None
    ) -> tuple[tuple[Entry, ...], int]:
        """As `entries`; and how many lines among them tell nothing, having wrong values."""
        found: list[Entry] = []
        damaged = 0
        for line in reversed(self.lines):
            if len(found) == last:
                break
            if line["node"] in nodes and (since is None or line["at"] >= since):
                entry = _entry(line)
                if entry is not None:
                    found.append(entry)
                else:
                    damaged += 1
        return tuple(reversed(found)), damaged


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
    """The journal that `content` is; pure."""
    written = [line for line in content.split(b"\n") if line.strip()]
    lines = [line for line in map(_line, written) if line is not None]
    return Journal(tuple(_without_guesses(lines)), damaged=len(written) - len(lines))


def _line(text: bytes) -> Line | None:
    try:
        line = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(line, dict) or not conforms(line.get("at"), float):
        return None
    return line if isinstance(line.get("node"), str) and isinstance(line.get("what"), str) else None


def _without_guesses(lines: list[Line]) -> Iterator[Line]:
    """One end a run: where somebody saw it, what others have concluded is left out."""
    seen = {_run(line) for line in lines if _tells_end(line) and not _is_guess(line)}
    told: set[Run] = set()
    for line in lines:
        if _tells_end(line):
            run = _run(line)
            if run in told or (_is_guess(line) and run in seen):
                continue
            told.add(run)
        yield line


def _tells_end(line: Line) -> bool:
    return line["what"] in ("exit", "failed") and line.get("launch") is not None


def _is_guess(line: Line) -> bool:
    return line.get("code") is None and line.get("signal") is None


def _run(line: Line) -> Run:
    return line["node"], str(line.get("launch"))


def _entry(line: Line) -> Entry | None:
    try:
        entry = entry_of(line)
    except Malformed:
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
