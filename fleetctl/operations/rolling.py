"""The order of a restart and its way through the fleet: who goes down when, and when to halt.

Pure: `fleetctl.operations.restart` gathers the facts and carries out the actions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from fleetctl.operations.events import Event, RestartHalted, Warned
from fleetctl.operations.outcome import Outcome


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


class Stage(Enum):
    """How far one node's restart has come."""

    UNTOUCHED = "not touched"
    STOPPING = "stopping"
    STARTING = "starting"
    UP = "up"
    DOWN = "down"
    UNSTOPPED = "not stopped"
    LEFT_DRAINING = "draining"
    LEFT_STARTING = "still starting"


_OPEN = frozenset({Stage.STOPPING, Stage.STARTING})


@dataclass(frozen=True, slots=True)
class Rolling:
    """A restart of several nodes. ``at`` is the batch that is under way; ``halted``: no further."""

    batches: tuple[Batch, ...]
    at: int = -1
    stages: dict[str, Stage] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    halted: bool = False
    done: bool = False

    def stage(self, node: str) -> Stage:
        """How far that node has come."""
        return self.stages.get(node, Stage.UNTOUCHED)

    @property
    def nodes(self) -> tuple[str, ...]:
        """All of them, in the order of the restart."""
        return tuple(node for batch in self.batches for node in batch.nodes)

    def at_stage(self, *stages: Stage) -> tuple[str, ...]:
        """The nodes at one of these stages."""
        return tuple(node for node in self.nodes if self.stage(node) in stages)


@dataclass(frozen=True, slots=True)
class Begin:
    """Take the first batch."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """The stop of a node has ended; DONE and FORCED: nothing of it runs."""

    node: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Started:
    """The start of a node has ended; DONE: it is ready."""

    node: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The user has had enough: what is under way is left to itself, nothing more is begun."""


Fact = Begin | Stopped | Started | Interrupted


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop the node, if it runs."""

    node: str


@dataclass(frozen=True, slots=True)
class Start:
    """Start the node."""

    node: str


Action = Stop | Start
Step = tuple[Rolling, tuple[Action, ...], tuple[Event, ...]]

_AFTER_STOP = {
    Outcome.FAILED: Stage.UNSTOPPED,
    Outcome.TIMED_OUT: Stage.LEFT_DRAINING,
    Outcome.INTERRUPTED: Stage.LEFT_DRAINING,
}
_AFTER_START = {
    Outcome.DONE: Stage.UP,
    Outcome.FAILED: Stage.DOWN,
    Outcome.TIMED_OUT: Stage.LEFT_STARTING,
    Outcome.INTERRUPTED: Stage.LEFT_STARTING,
}


def advance(state: Rolling, fact: Fact) -> Step:
    """The next state, what to do, and what to tell."""
    if state.done:
        return state, (), ()
    match fact:
        case Begin():
            return _next_batch(state)
        case Stopped(node, outcome):
            return _stopped(state, node, outcome)
        case Started(node, outcome):
            return _settled(state, node, _AFTER_START[outcome], outcome)
        case Interrupted():
            return replace(state, halted=True), (), ()


def _next_batch(state: Rolling) -> Step:
    at = state.at + 1
    if at == len(state.batches):
        return replace(state, done=True), (), ()
    batch = state.batches[at]
    stages = {**state.stages, **dict.fromkeys(batch.nodes, Stage.STOPPING)}
    warnings = tuple(
        Warned("", f"queue {queue} has no other consumer while {node} restarts")
        for queue, node in batch.bereft
    )
    return replace(state, at=at, stages=stages), tuple(map(Stop, batch.nodes)), warnings


def _stopped(state: Rolling, node: str, outcome: Outcome) -> Step:
    if outcome in _AFTER_STOP:
        return _settled(state, node, _AFTER_STOP[outcome], outcome)
    if state.halted:
        return _settled(state, node, Stage.DOWN, Outcome.INTERRUPTED)
    outcomes = {**state.outcomes, node: outcome}
    stages = {**state.stages, node: Stage.STARTING}
    return replace(state, stages=stages, outcomes=outcomes), (Start(node),), ()


def _settled(state: Rolling, node: str, stage: Stage, outcome: Outcome) -> Step:
    """Note how the node's part ended, and go on or halt once its whole batch has."""
    if outcome is Outcome.DONE:
        outcome = state.outcomes.get(node, outcome)  # force that was needed stays told
    state = replace(
        state,
        stages={**state.stages, node: stage},
        outcomes={**state.outcomes, node: outcome},
    )
    batch = state.batches[state.at].nodes
    if any(state.stage(one) in _OPEN for one in batch):
        return state, (), ()
    if not state.halted and all(state.stage(one) is Stage.UP for one in batch):
        return _next_batch(state)
    return _halted(state)


def _halted(state: Rolling) -> Step:
    if state.halted:  # before any failure: by an interrupt
        untouched = dict.fromkeys(state.at_stage(Stage.UNTOUCHED), Outcome.INTERRUPTED)
        state = replace(state, outcomes={**state.outcomes, **untouched})
    state = replace(state, halted=True, done=True)
    if all(state.stage(node) is Stage.UP for node in state.nodes):
        return state, (), ()
    event = RestartHalted(
        "",
        restarted=state.at_stage(Stage.UP),
        down=state.at_stage(Stage.DOWN),
        starting=state.at_stage(Stage.LEFT_STARTING),
        draining=state.at_stage(Stage.LEFT_DRAINING),
        untouched=state.at_stage(Stage.UNTOUCHED, Stage.UNSTOPPED),
    )
    return state, (), (event,)
