"""A restart's way through its batches: who goes down when, and when to halt.

Pure: `fleetctl.operations.restart` gathers the facts and carries out the actions.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum

from fleetctl.operations.events import Event, RestartHalted, Warned
from fleetctl.operations.order import Batch
from fleetctl.operations.outcome import Outcome


class Stage(Enum):
    """How far one node's restart has come."""

    UNTOUCHED = "not touched"
    STOPPING = "stopping"
    STARTING = "starting"
    UP = "up"
    DOWN = "down"
    REFUSED = "not started"
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
    Outcome.REFUSED: Stage.REFUSED,
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
        refused=state.at_stage(Stage.REFUSED),
        starting=state.at_stage(Stage.LEFT_STARTING),
        draining=state.at_stage(Stage.LEFT_DRAINING),
        untouched=state.at_stage(Stage.UNTOUCHED, Stage.UNSTOPPED),
    )
    return state, (), (event,)
