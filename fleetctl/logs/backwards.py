"""A file read from its end: blocks, lines, and where its last records begin."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from fleetctl.logs.files import before_hole
from fleetctl.logs.forms import Forms
from fleetctl.logs.record import LIMIT
from fleetctl.logs.stamps import Clock

_FIRST, _LARGEST = 16 << 10, 512 << 10
#: No header is longer: what is looked at beyond a block to recognise a record at its end.
_HEADER = 1 << 10
#: A record longer than this isn't searched for its beginning.
_GIVE_UP = 512 << 20
_NULS = rb"\0+"
_ONLY_NULS = bytes(_LARGEST)


def blocks(descriptor: int, end: int, begin: int = 0) -> Iterator[tuple[int, bytes]]:
    """The bytes from `begin` to `end` with their offsets, the last first, in growing blocks.

    Of a hole that many of them would fit into, only the last is given.
    """
    size = _FIRST
    while end > begin:
        start = max(begin, end - size)
        data = os.pread(descriptor, end - start, start)
        yield start, data
        end, size = start, min(size * 2, _LARGEST)
        if _is_nul(data):
            end = before_hole(descriptor, end, begin)


def _is_nul(data: bytes) -> bool:
    return data == _ONLY_NULS[: len(data)]


def lines(descriptor: int, end: int, begin: int = 0) -> Iterator[bytes]:
    """The lines between, the last first, without their line feeds; none longer than the limit."""
    rest = b""
    for start, data in blocks(descriptor, end, begin):
        first, *others = (data + rest).split(b"\n")
        if start + len(data) == end and others and not others[-1]:
            others.pop()
        yield from reversed(others)
        rest = first[:LIMIT]
    if end > begin:
        yield rest


def records(
    descriptor: int, end: int, forms: Forms, clock: Clock, *, begin: int = 0
) -> Iterator[Found]:
    """The records between `begin` and `end`, the last first.

    Where none begins in half a gigabyte that isn't NULs, that place counts as the beginning of the
    last one.
    """
    following, barren = b"", 0
    for start, data in blocks(descriptor, end, begin):
        before = os.pread(descriptor, 1, start - 1) if start else b"\n"
        found, following = _in_block(before + data, start, following, forms, clock)
        yield from reversed(found)
        if found:
            barren = 0
        elif not _is_nul(data):
            barren += len(data)
        if barren >= _GIVE_UP:
            yield Found(start, following, None, forms, clock)
            return
    if following.strip(b"\0\n"):
        yield Found(begin, following, None, forms, clock)


class Found:
    """A record found: where it begins, and its text."""

    __slots__ = ("_clock", "_forms", "_match", "offset", "text")

    def __init__(
        self, offset: int, text: bytes, match: re.Match[bytes] | None, forms: Forms, clock: Clock
    ) -> None:
        self.offset = offset
        self.text = text
        self._match = match
        self._forms = forms
        self._clock = clock

    @property
    def time(self) -> float:
        """When it was made, in epoch seconds; 0 if that is unknown."""
        if self._match is None:
            return 0.0
        return self._forms.time_of(self._match, self.text, self._clock) or 0.0


def _in_block(
    block: bytes, start: int, following: bytes, forms: Forms, clock: Clock
) -> tuple[list[Found], bytes]:
    """The records that begin in a block, and what of it goes before them.

    The block has the byte before `start`, too. `following` is what comes after the block and
    belongs to its last record, or begins it.
    """
    data = block[1:]
    if _is_nul(data):
        return [], following
    buffer = _without_nuls(block + following[:_HEADER])
    starts = [each for each in forms.start.finditer(buffer) if each.start() < len(data)]
    if not starts:
        return [], (data + following)[:LIMIT]
    ends = [each.start() for each in starts[1:]]
    texts = [buffer[a.start() + 1 : b] for a, b in zip(starts, ends, strict=False)]
    texts.append((buffer[starts[-1].start() + 1 : len(data) + 1] + following)[:LIMIT].rstrip(b"\n"))
    found = [
        Found(start + each.start(), text, each, forms, clock)
        for each, text in zip(starts, texts, strict=True)
    ]
    return found, data[: starts[0].start()]


def _without_nuls(data: bytes) -> bytes:
    """Of the same length: a record may begin after NULs as after a line feed."""
    if b"\0" not in data:
        return data
    return re.sub(_NULS, lambda run: b"\n".rjust(len(run.group())), data)
