"""Reads many streams as one: in the order of time, a chunk of memory a stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from fleetctl.logs.merge import Merge, lowest
from fleetctl.logs.record import Entry
from fleetctl.logs.splitter import Batch
from fleetctl.logs.streams import CHUNK, Stream, Truncated

_AT_ONCE = 8 << 20


def chunk(streams: int) -> int:
    """How much to read of each of so many streams at a time."""
    return max(CHUNK // 16, min(CHUNK, _AT_ONCE // max(streams, 1)))


def merged(
    streams: Sequence[Stream], failed: Callable[[Stream, Exception], None]
) -> Iterator[list[Entry]]:
    """All records of `streams` to their ends. One that can't be read on is told, and left."""
    merge = Merge()
    for stream in streams:
        merge.add(stream, stream.label, Batch(), 0.0)
    active, size = list(streams), chunk(len(streams))
    while active:
        stream = min(active, key=_latest)
        for batch in _read(stream, size, failed):
            merge.add(stream, stream.label, batch, 0.0)
        if not stream.more:
            stream.close()
            active.remove(stream)
        entries = merge.release(lowest(map(_latest, active)))
        if entries:
            yield entries


def _read(
    stream: Stream, size: int, failed: Callable[[Stream, Exception], None]
) -> Iterator[Batch]:
    try:
        yield stream.read(0.0, size)
    except Truncated:
        stream.more = False
    except (OSError, EOFError) as error:
        failed(stream, error)
        stream.more = False
    if not stream.more:
        yield stream.end()


def _latest(stream: Stream) -> float:
    return stream.latest
