"""The order in which a restart takes its nodes, so that queues keep a consumer. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum


class Standing(Enum):
    """What a node is before its restart, in the order in which the restart takes them.

    Who is down can't make a queue lose anyone, and shows at once whether the new code comes up.
    """

    DOWN = 0
    LEAVING = 1
    UP = 2


@dataclass(frozen=True, slots=True)
class Member:
    """A node as the order sees it; `queues` are those it consumes, or will."""

    node: str
    queues: frozenset[str]
    standing: Standing


@dataclass(frozen=True, slots=True)
class Batch:
    """Nodes that are down together; `bereft` are the queues nobody consumes meanwhile, and whose
    they are."""

    nodes: tuple[str, ...]
    bereft: tuple[tuple[str, str], ...] = ()


def batches(members: Sequence[Member], others: Iterable[Member], size: int) -> tuple[Batch, ...]:
    """`members` in batches of at most `size`; `others` are the nodes that aren't restarted.

    A queue with two consumers keeps one: a batch is left smaller rather than take both.
    """
    waiting = sorted(members, key=lambda member: member.standing.value)
    up = [member for member in (*members, *others) if member.standing is Standing.UP]
    plan = []
    while waiting:
        batch = _fill(waiting, up, size)
        waiting = [member for member in waiting if member not in batch]
        plan.append(Batch(tuple(member.node for member in batch), _bereft(batch, up)))
        up = [member for member in up if member not in batch] + batch
    return tuple(plan)


def all_at_once(members: Sequence[Member]) -> tuple[Batch, ...]:
    """One batch of them all."""
    return (Batch(tuple(member.node for member in members)),)


def _fill(waiting: list[Member], up: list[Member], size: int) -> list[Member]:
    batch = waiting[:1]
    for member in waiting[1:]:
        if len(batch) == size:
            break
        if member.standing is batch[0].standing and _spares(member, batch, up):
            batch.append(member)
    return batch


def _spares(member: Member, batch: list[Member], up: list[Member]) -> bool:
    """Whether each of the member's queues with two consumers has one left outside the batch."""
    if member.standing is not Standing.UP:
        return True
    for queue in member.queues:
        consumers = [other for other in up if queue in other.queues]
        if len(consumers) > 1 and all(one is member or one in batch for one in consumers):
            return False
    return True


def _bereft(batch: list[Member], up: list[Member]) -> tuple[tuple[str, str], ...]:
    kept = {queue for member in up if member not in batch for queue in member.queues}
    return tuple(
        (queue, member.node)
        for member in batch
        if member.standing is Standing.UP
        for queue in sorted(member.queues - kept)
    )
