"""The rotated siblings of a log: ``w1.log.1``, ``w1.log.2.gz``, ``w1.log-20261122``, …"""

from __future__ import annotations

import errno
import os
import re
import stat
import time
from bisect import bisect_left
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from fleetctl.logs.files import PACKED, Identity, identity, open_log

_DATE = r"(?P<date>\d{4}-?\d\d-?\d\d(?:[-_T.]?[\d:-]+)?)"
_PACKING = r"(?P<packing>\.(?:gz|bz2|xz|zst|Z))?"
#: ``w1.log.1``, ``w1.log-20261122.gz``: after the whole name (logrotate, Python's handlers). With
#: ``create``, logrotate puts what a writer made before it aside, as ``w1.log-2026112205.backup``.
_AFTER = rf"[.-](?:(?P<number>\d{{1,4}})|{_DATE}(?:\.backup)?){_PACKING}"
#: ``w1.1.log.gz``: before what logrotate calls the extension. ``w1-1.log`` is a pool child's.
_INSIDE = rf"(?:\.(?P<number>\d{{1,4}})|[.-]{_DATE})(?P<extension>\.\w+?){_PACKING}"
_ATTEMPTS = 10


@dataclass(frozen=True, slots=True)
class Sibling:
    """A rotated log. ``mark`` changes whenever what is in it does, and not by a renaming."""

    path: Path
    packed: bool
    mark: tuple[int, int, int, int]
    modified: float
    age: tuple[int, str]
    """Of the same time of change: the more, the newer."""

    @property
    def identity(self) -> Identity:
        """Which file it is."""
        return self.mark[:2]

    @property
    def size(self) -> int:
        """Its bytes, as they lie on the disk."""
        return self.mark[2]


class Folders:
    """What is in folders, each listed but once: pool children have thousands of logs in one."""

    def __init__(self) -> None:
        self._names: dict[Path, list[str]] = {}

    def beginning(self, folder: Path, prefix: str) -> Iterator[str]:
        """The names that begin so; none of a folder that can't be read."""
        if folder not in self._names:
            try:
                self._names[folder] = sorted(os.listdir(folder))  # noqa: PTH208 - names are all it takes
            except OSError:
                self._names[folder] = []
        names = self._names[folder]
        for index in range(bisect_left(names, prefix), len(names)):
            if not names[index].startswith(prefix):
                return
            yield names[index]


def siblings(
    path: Path, others: Collection[Path] = (), folders: Folders | None = None
) -> list[Sibling]:
    """The rotated logs beside `path`, oldest first; `others` are logs of their own right.

    What is being compressed counts once, as the whole file. Raises nothing: a folder that can't
    be read has none. `folders` is for whoever asks for many at the same moment.
    """
    found: dict[str, Sibling] = {}
    for name in (folders or Folders()).beginning(path.parent, path.stem):
        match = _match(name, path)
        if match and path.parent / name not in others:
            sibling = _sibling(path.parent / name, match)
            if sibling is not None:
                found[name] = sibling
    # What is renamed at this moment may be listed by both its names.
    whole = {each.identity: each for name, each in found.items() if not _twin(name, found)}
    return sorted(whole.values(), key=by_age)


def by_age(sibling: Sibling) -> tuple[float, tuple[int, str]]:
    """What siblings are sorted by, the oldest first."""
    return sibling.modified, sibling.age


def find(sibling: Sibling, path: Path, others: Collection[Path] = ()) -> int:
    """A descriptor of this very sibling of `path`, also if it was renamed meanwhile.

    Raises OSError, FileNotFoundError if it is gone.
    """
    name = sibling.path
    for attempt in range(_ATTEMPTS):
        descriptor = open_if(name, sibling.identity)
        if descriptor is not None:
            return descriptor
        # A whole row of files is renamed in a few milliseconds.
        time.sleep(attempt * 0.002)
        found = siblings(path, others)
        name = next((each.path for each in found if each.identity == sibling.identity), name)
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(sibling.path))


def open_if(path: Path, wanted: Identity) -> int | None:
    """A descriptor of the file at `path`, if it is that file. Raises OSError."""
    try:
        descriptor = open_log(path)
    except FileNotFoundError:
        return None
    if identity(os.fstat(descriptor)) == wanted:
        return descriptor
    os.close(descriptor)
    return None


def _twin(name: str, found: Collection[str]) -> bool:
    path = Path(name)
    return path.suffix in PACKED and path.stem in found


def _sibling(path: Path, match: re.Match[str]) -> Sibling | None:
    try:
        status = path.stat()
    except OSError:
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return Sibling(
        path=path,
        packed=bool(match["packing"]),
        mark=(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns),
        modified=status.st_mtime,
        age=(-int(match["number"] or 0), match["date"] or ""),
    )


def _match(name: str, path: Path) -> re.Match[str] | None:
    # A pattern is compiled only where there is something that it may fit.
    rest = name[len(path.stem) :]
    if name == path.name or not rest.startswith((".", "-")):
        return None
    if name.startswith(path.name):
        return re.fullmatch(_AFTER, name[len(path.name) :])
    match = re.fullmatch(_INSIDE, rest)
    return match if match and match["extension"] == path.suffix else None
