"""Records of many files, in the order of their times: never beyond what is known of each file."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass, field
from itertools import accumulate, repeat

from fleetctl.logs.record import Entry
from fleetctl.logs.splitter import Batch

NEVER = float("inf")


@dataclass(slots=True)
class _Queue:
    """What one file has waiting. Its times never fall: a file keeps its own order."""

    label: str
    times: list[float] = field(default_factory=list)
    texts: list[bytes] = field(default_factory=list)
    latest: float = 0.0
    arrived: float = NEVER
    newest: float = NEVER
    """When the first and the last of what waits were read."""


class Merge:
    """Takes batches of each file, gives entries of all; ties go by the order files came in."""

    def __init__(self) -> None:
        self._queues: dict[Hashable, _Queue] = {}

    def add(self, key: Hashable, label: str, batch: Batch, now: float) -> None:
        """Put the next records of the file `key`, whose they are, and when they were read."""
        queue = self._queues.get(key)
        if queue is None:
            queue = self._queues[key] = _Queue(label)
        if not batch.times:
            return
        if not queue.times:
            queue.arrived = now
        queue.newest = now
        times = list(accumulate(batch.times, max, initial=queue.latest))
        queue.times += times[1:]
        queue.texts += batch.texts
        queue.latest = times[-1]

    def retain(self, keys: Collection[Hashable]) -> None:
        """Forget the files that are not among these, once nothing of them waits."""
        for key in [key for key, queue in self._queues.items() if not queue.times]:
            if key not in keys:
                del self._queues[key]

    def release(
        self, limit: float, *, arrived_by: float = -NEVER, barrier: float = NEVER
    ) -> list[Entry]:
        """All up to the time `limit`, and all that was read by `arrived_by`; none past `barrier`.

        `barrier` is how far the files that have more to read have been read.
        """
        taken = [
            part
            for queue in self._queues.values()
            if queue.times and (part := _take(queue, limit, arrived_by, barrier))
        ]
        if len(taken) == 1:
            return taken[0]
        merged = [entry for part in taken for entry in part]
        merged.sort(key=_time)
        return merged

    @property
    def waiting_since(self) -> float:
        """When the oldest of what waits was read; infinity if nothing does."""
        return min((queue.arrived for queue in self._queues.values()), default=NEVER)

    @property
    def count(self) -> int:
        """How many wait."""
        return sum(len(queue.times) for queue in self._queues.values())


def _time(entry: Entry) -> float:
    return entry[0]


def _take(queue: _Queue, limit: float, arrived_by: float, barrier: float) -> list[Entry]:
    by = NEVER if queue.arrived <= arrived_by else limit
    count = bisect_right(queue.times, min(by, barrier))
    if not count:
        return []
    taken = list(zip(queue.times[:count], repeat(queue.label), queue.texts[:count], strict=False))
    del queue.times[:count]
    del queue.texts[:count]
    queue.arrived = queue.newest if queue.times else NEVER
    return taken


def lowest(times: Iterable[float]) -> float:
    """The least of `times`, infinity if there are none: the barrier of those that have more."""
    return min(times, default=NEVER)
