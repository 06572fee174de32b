"""Where to begin: how far back into a node's files, and their rotated siblings, a request goes."""

from __future__ import annotations

import heapq
import os
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from fleetctl.logs import backwards, seek
from fleetctl.logs.files import unpacking
from fleetctl.logs.live import Live, read_status, stream_of, unreadable
from fleetctl.logs.siblings import Sibling, find
from fleetctl.logs.streams import Account, Packed, Plain, Stream
from fleetctl.logs.wanted import Wanted

if TYPE_CHECKING:
    from fleetctl.logs.events import Emit


@dataclass(frozen=True, kw_only=True)
class Request:
    """``lines`` is how many records of each node, None for all; ``look_back`` how many bytes of a
    file are searched for them at most."""

    wanted: Wanted
    lines: int | None = None
    look_back: int | None = None


def choose(lives: Sequence[Live], request: Request, emit: Emit) -> None:
    """Set where each of one node's files begins and ends, and what of older files goes before."""
    for live in lives:
        _bound(live, request.wanted)
    logs = [live for live in lives if not live.file.printed]
    if request.lines is None:
        for live in logs:
            live.older = list(_all_older(live, request, emit))
        return
    chains = [_Chain(live, request, emit) for live in logs]
    oldest = _last(chains, request.lines)
    for live in lives:
        if live.file.printed and live.modified < oldest:
            live.position = live.size


def _bound(live: Live, wanted: Wanted) -> None:
    if live.file.printed or live.descriptor is None:
        return
    if wanted.until is not None:
        live.end = seek.end(live.descriptor, live.size, wanted.until, live.forms, live.clock())
    if wanted.since is not None:
        live.position = seek.begin(
            live.descriptor, live.size, wanted.since, live.forms, live.clock()
        )


def _all_older(live: Live, request: Request, emit: Emit) -> Iterator[Stream]:
    for sibling in live.siblings:
        if not request.wanted.is_before(sibling.modified):
            stream = _Old(live, sibling, emit).stream(request.wanted, 0)
            if stream is not None:
                yield stream


class _Chain:
    """The records of a file and its rotated siblings that are asked for, the newest first."""

    def __init__(self, live: Live, request: Request, emit: Emit) -> None:
        self.live = live
        self._request = request
        self._emit = emit
        self._old: list[_Old] = []

    def __iter__(self) -> Iterator[_Place]:
        live, wanted = self.live, self._request.wanted
        begin = live.position
        if self._request.look_back is not None:
            begin = max(begin, live.end - self._request.look_back)
        for found in _found(live, begin, wanted):
            yield _Place(found, 0, live.modified)
        if begin and self._request.look_back is not None:
            return
        for sibling in reversed(live.siblings):
            if wanted.is_before(sibling.modified):
                return
            old = _Old(live, sibling, self._emit)
            self._old.append(old)
            for found in old.found(wanted, self._request.lines or 0):
                yield _Place(found, len(self._old), sibling.modified)

    def begin(self, first: _Place | None) -> None:
        """Let the file begin with this record."""
        live = self.live
        if first is None:
            live.position = live.end
            return
        live.position = 0 if first.file else first.offset
        for index, old in enumerate(self._old[: first.file], 1):
            stream = old.stream(self._request.wanted, first.offset if index == first.file else 0)
            if stream is not None:
                live.older.insert(0, stream)


class _Place:
    """Where a record is: in which file (0 is the live one, 1 the newest sibling), and where."""

    __slots__ = ("_found", "_otherwise", "file", "offset")

    def __init__(self, found: Sought, file: int, otherwise: float) -> None:
        self.file = file
        self.offset = found.offset
        self._found = found
        self._otherwise = otherwise

    @property
    def time(self) -> float:
        """When it was made; told only where it matters, for there may be many."""
        return self._found.time or self._otherwise


class Sought(Protocol):
    """A record that was looked for."""

    offset: int

    @property
    def time(self) -> float:
        """When it was made (epoch seconds), 0 if that is unknown."""


class _Counted:
    """A record of a compressed file, and how many that are asked for go before it there."""

    __slots__ = ("offset", "time")

    def __init__(self, offset: int, time: float) -> None:
        self.offset = offset
        self.time = time


def _found(live: Live, begin: int, wanted: Wanted) -> Iterator[Sought]:
    if live.descriptor is None:
        return
    forms, anything = live.forms, wanted.anything
    for each in backwards.records(live.descriptor, live.end, forms, live.clock(), begin=begin):
        if anything:
            yield each
            continue
        time = each.time or live.modified
        if wanted.is_before(time):
            return
        if wanted.matches(time, each.text, forms):
            yield each


def _last(chains: Sequence[_Chain], count: int) -> float:
    """Let the chains begin with the last `count` records of all; the time of the first of them."""
    firsts: dict[int, _Place] = {}
    if len(chains) == 1:
        taken = [(place, 0) for place in islice(chains[0], count)]
    else:
        tagged = [
            [(place, index) for place in islice(chain, count)] for index, chain in enumerate(chains)
        ]
        taken = list(islice(heapq.merge(*tagged, key=lambda each: -each[0].time), count))
    firsts.update((index, place) for place, index in taken)
    for index, chain in enumerate(chains):
        chain.begin(firsts.get(index))
    if len(taken) < count:
        return 0.0
    return taken[-1][0].time if taken else float("inf")


class _Old:
    """A rotated sibling of a live file."""

    def __init__(self, live: Live, sibling: Sibling, emit: Emit) -> None:
        self._live = live
        self._sibling = sibling
        self._emit = emit

    def found(self, wanted: Wanted, count: int) -> Iterator[Sought]:
        """Its last records that are asked for, the newest first."""
        try:
            if self._sibling.packed:
                yield from self._counted(wanted, count)
                return
            live = self._open()
        except FileNotFoundError:
            return
        except (OSError, EOFError) as error:
            self._complain(error)
            return
        yield from _found(live, 0, wanted)
        if live.descriptor is not None:
            os.close(live.descriptor)

    def stream(self, wanted: Wanted, place: int) -> Stream | None:
        """Its records from a place on."""
        try:
            if self._sibling.packed:
                return self._unpacked(wanted, skip=place)
            live = self._open()
        except FileNotFoundError:
            return None
        except OSError as error:
            self._complain(error)
            return None
        if not place:
            _bound(live, Wanted(since=wanted.since))
            place = live.position
        if live.descriptor is None:
            return None
        source = Plain(live.descriptor, Account(live.head[:place], place), end=live.size)
        path = self._sibling.path
        return stream_of(live.file, source, path, live.forms, wanted, modified=live.modified)

    def _open(self) -> Live:
        return read_status(self._live.file, self._descriptor())

    def _descriptor(self) -> int:
        """The very file, by whatever name it goes now. Raises OSError."""
        return find(self._sibling, self._live.file.path, self._live.others)

    def _unpacked(self, wanted: Wanted, skip: int = 0) -> Stream:
        live, sibling = self._live, self._sibling
        source = Packed(unpacking(self._descriptor(), sibling.path.suffix), Account())
        return stream_of(
            live.file,
            source,
            sibling.path,
            live.forms,
            wanted,
            modified=sibling.modified,
            skip=skip,
        )

    def _counted(self, wanted: Wanted, count: int) -> Iterator[Sought]:
        stream, number = self._unpacked(wanted), 0
        last: deque[_Counted] = deque(maxlen=count)
        while stream.more:
            batch = stream.read(0.0)
            for time in batch.times if stream.more else batch.times + stream.end().times:
                last.append(_Counted(number, time))
                number += 1
        stream.close()
        yield from reversed(last)

    def _complain(self, error: Exception) -> None:
        unreadable(self._emit, self._live.file.label, self._sibling.path, error)
