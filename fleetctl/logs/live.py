"""Opening a node's files, each with its rotated siblings as they are at that moment."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING

from fleetctl.logs.files import HEAD, Identity, identity, open_log, why
from fleetctl.logs.forms import Forms, sniff
from fleetctl.logs.siblings import Folders, Sibling, by_age, siblings
from fleetctl.logs.sources import LogFile
from fleetctl.logs.stamps import Clock
from fleetctl.logs.streams import Account, Source, Stream
from fleetctl.logs.wanted import Wanted

if TYPE_CHECKING:
    from fleetctl.logs.events import Emit

_SNIFFED = 4 << 10, 64 << 10
_ATTEMPTS = 20


@dataclass(slots=True)
class Live:
    """A file at its own path, as it was found; and from where on, up to where it is asked for.

    ``descriptor`` is None where there is none, which its rotated ``siblings`` don't mind.
    """

    file: LogFile
    forms: Forms
    descriptor: int | None = None
    head: bytes = b""
    size: int = 0
    modified: float = 0.0
    siblings: list[Sibling] = field(default_factory=list)
    position: int = 0
    end: int = 0
    older: list[Stream] = field(default_factory=list)
    others: Collection[Path] = ()

    def clock(self) -> Clock:
        """A clock for the file from anywhere on."""
        return Clock(self.forms.zone, self.modified + 1.0)

    def account(self) -> Account:
        """What of it counts as read."""
        return Account(self.head[: self.position], self.position)


def stream_of(
    file: LogFile,
    source: Source,
    path: Path,
    forms: Forms,
    wanted: Wanted,
    *,
    modified: float,
    skip: int = 0,
) -> Stream:
    """The stream of `file`, or of a rotated sibling: at `path`, last changed at `modified`."""
    return Stream(
        file.label,
        source,
        path,
        forms=forms,
        wanted=wanted,
        modified=modified,
        skip=skip,
        printed=file.printed,
    )


def openings(
    by_node: Sequence[Sequence[LogFile]], others: Collection[Path], emit: Emit
) -> list[list[Live]]:
    """Each node's files, opened where they can be; of the others it is told why not."""
    folders = Folders()
    found = [[_Opening(file, others, folders) for file in files] for files in by_node]
    folders = Folders()
    return [[live for each in node if (live := each.live(folders, emit))] for node in found]


class _Opening:
    """A file opened, of which it isn't certain so far that nothing was renamed meanwhile."""

    def __init__(self, file: LogFile, others: Collection[Path], folders: Folders) -> None:
        self._file = file
        self._others = others
        self._before = _siblings(file, others, folders)
        self._live: Live | None = None
        self._error: OSError | None = None
        try:
            self._live = _opened(file)
        except OSError as error:
            self._error = error

    def live(self, folders: Folders, emit: Emit) -> Live | None:
        """The file and its siblings; None if it can't be read. `folders` are as of now."""
        file = self._file
        try:
            live = self._steady(folders)
        except OSError as error:
            unreadable(emit, file.label, file.path, error)
            return None
        if live.descriptor is None:
            from fleetctl.logs.events import Awaited

            emit(Awaited(file.label, file.path))
        return live

    def _steady(self, folders: Folders) -> Live:
        if self._error is not None:
            raise self._error
        live = self._live
        assert live is not None
        if _is_steady(live, self._before, _siblings(self._file, self._others, folders)):
            return _with_siblings(live, self._before, self._others)
        if live.descriptor is not None:
            os.close(live.descriptor)
        return _steady(self._file, self._others)


def unreadable(emit: Emit, label: str, path: Path, error: Exception) -> None:
    """Tell that a log can't be read (on), and why."""
    from fleetctl.logs.events import Unreadable

    emit(Unreadable(label, path, why(error)))


def _steady(file: LogFile, others: Collection[Path]) -> Live:
    """A file and its siblings as they stood at one moment: nothing was renamed or copied then.

    Where there is no such moment: all siblings there ever were, for a listing may miss what is
    renamed meanwhile.
    """
    seen: dict[Identity, Sibling] = {}
    for attempt in range(_ATTEMPTS):
        before = _siblings(file, others)
        seen.update((each.identity, each) for each in before)
        live = _opened(file)
        if _is_steady(live, before, _siblings(file, others)):
            break
        if attempt < _ATTEMPTS - 1:
            if live.descriptor is not None:
                os.close(live.descriptor)
            sleep(attempt * 0.001)
    return _with_siblings(live, seen.values(), others)


def _with_siblings(live: Live, found: Iterable[Sibling], others: Collection[Path]) -> Live:
    """The file beside its siblings, which it may be among itself."""
    own = identity(os.fstat(live.descriptor)) if live.descriptor is not None else None
    live.siblings = sorted((each for each in found if each.identity != own), key=by_age)
    live.others = others
    return live


def _siblings(
    file: LogFile, others: Collection[Path], folders: Folders | None = None
) -> list[Sibling]:
    return [] if file.printed else siblings(file.path, others, folders)


def _is_steady(live: Live, before: Sequence[Sibling], after: Sequence[Sibling]) -> bool:
    return live.file.printed or (before == after and _still_there(live))


def _still_there(live: Live) -> bool:
    try:
        found = identity(live.file.path.stat())
    except OSError:
        return live.descriptor is None
    return live.descriptor is not None and identity(os.fstat(live.descriptor)) == found


def _opened(file: LogFile) -> Live:
    try:
        return read_status(file, open_log(file.path, follow_links=not file.printed))
    except (FileNotFoundError, NotADirectoryError):
        return Live(file, file.forms)


def read_status(file: LogFile, descriptor: int) -> Live:
    """An open file as it stands now, its siblings left out."""
    status = os.fstat(descriptor)
    size = status.st_size
    forms = file.forms if file.printed else _sniffed(file.forms, descriptor, size)
    head = os.pread(descriptor, HEAD, 0)
    return Live(file, forms, descriptor, head, size, status.st_mtime, end=size)


def _sniffed(forms: Forms, descriptor: int, size: int) -> Forms:
    for length in _SNIFFED:
        tail = os.pread(descriptor, length, max(0, size - length))
        found = sniff(forms, b"", tail)
        if found is forms:
            return forms
    return sniff(forms, os.pread(descriptor, _SNIFFED[-1], 0), b"")
