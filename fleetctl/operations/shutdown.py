"""One node's way down the ladder: (state, fact, now) -> (state, signal to send, events).

Pure: `fleetctl.operations.stop` gathers the facts and sends the signals.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from fleetctl.operations.events import (
    Event,
    NodeRefused,
    NodeStillStopping,
    NodeStopped,
    SignalSent,
    TasksRunning,
)
from fleetctl.operations.outcome import Outcome
from fleetctl.runtime.formats import ActiveTask, Exit

NOW_GRACE = 2.0
"""Seconds `stop --now` leaves a busy node between TERM and KILL where QUIT would break its pool."""

IDLE_GRACE = 10.0
"""The same for a node that runs no task: it only needs to hand back what it has prefetched, which
on Redis would otherwise wait for the visibility timeout."""


@dataclass(frozen=True, slots=True)
class Rung:
    """A signal, and how many seconds it is given before the next (None: as long as it takes)."""

    signal: str
    patience: float | None


def warm_ladder(
    pool: str, stop_timeout: float | None, kill_timeout: float, soft_timeout: float
) -> tuple[Rung, ...]:
    """TERM, and only where a `stop_timeout` says so QUIT (prefork alone survives it) and KILL.

    QUIT is never followed by KILL before the app's own soft-shutdown time is over.
    """
    if stop_timeout is None:
        return (Rung("TERM", None),)
    kill = Rung("KILL", None)
    if pool != "prefork":
        return Rung("TERM", stop_timeout), kill
    return Rung("TERM", stop_timeout), Rung("QUIT", max(kill_timeout, soft_timeout)), kill


def cold_ladder(pool: str, busy: bool) -> tuple[Rung, ...]:
    """`stop --now`: QUIT for prefork; TERM, a moment, KILL for the pools that QUIT would break."""
    if pool == "prefork":
        return (Rung("QUIT", None),)
    return Rung("TERM", NOW_GRACE if busy else IDLE_GRACE), Rung("KILL", None)


@dataclass(frozen=True, slots=True)
class Shutdown:
    """One node's stop. ``began`` and ``due`` are monotonic seconds; ``due`` is when to climb.

    ``cold`` means that force was asked for: it counts only if it cut tasks off. ``told`` means that
    it is draining already: the first TERM has been heard, and with REMAP_SIGTERM a second would
    be one too many. ``soft``: a QUIT gives tasks time, so that nobody knows yet which it cuts off.
    ``awaited``: it is watched to its end.
    """

    node: str
    pid: int
    pool: str
    ladder: tuple[Rung, ...]
    began: float
    cold: bool = False
    told: bool = False
    soft: bool = False
    awaited: bool = True
    rung: int = -1
    due: float | None = None
    active: tuple[ActiveTask, ...] = ()
    cut: tuple[ActiveTask, ...] = ()
    outcome: Outcome | None = None

    @property
    def last_word(self) -> bool:
        """Whether a QUIT settles what becomes of its tasks, and nobody stays to hear more."""
        return self.cold and self.pool == "prefork" and not self.soft

    @property
    def forced(self) -> str | None:
        """The hardest signal beyond TERM that was sent."""
        signal = self.ladder[self.rung].signal if self.rung >= 0 else None
        return signal if signal != "TERM" else None


@dataclass(frozen=True, slots=True)
class Begin:
    """Send the first signal."""


@dataclass(frozen=True, slots=True)
class TasksSeen:
    """What its last snapshot says it is running."""

    active: tuple[ActiveTask, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed."""


@dataclass(frozen=True, slots=True)
class Ended:
    """Its process is gone; `by_others` is a signal beyond TERM that wasn't ours."""

    exit: Exit | None
    active: tuple[ActiveTask, ...]
    by_others: str | None = None


@dataclass(frozen=True, slots=True)
class TimeUp:
    """The time to wait, so many seconds, is over."""

    after: float = 0.0


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The user has had enough of watching."""


Fact = Begin | TasksSeen | Tick | Ended | TimeUp | Interrupted
Step = tuple[Shutdown, str | None, tuple[Event, ...]]


def advance(state: Shutdown, fact: Fact, now: float) -> Step:
    """The next state, the signal to send if any, and what to tell."""
    if state.outcome is not None:
        return state, None, ()
    match fact:
        case Begin():
            return _begin(state, now)
        case TasksSeen(active):
            return _tasks(state, active)
        case Tick():
            return _climb(state, now) if _is_due(state, now) else (state, None, ())
        case Ended():
            return _ended(state, fact, now)
        case TimeUp(after):
            # The clock may say a little less, as of a node that wasn't the first to be told.
            return _left(state, Outcome.TIMED_OUT, max(now, state.began + after))
        case Interrupted():
            return _left(state, Outcome.INTERRUPTED, now)


def _begin(state: Shutdown, now: float) -> Step:
    state, signal, events = _climb(state, now)
    running = TasksRunning(state.node, state.active)
    if state.told and signal == "TERM":
        return state, None, (running,)
    goes_on = state.active and not state.last_word
    return state, signal, (*events, running) if goes_on else events


def _is_due(state: Shutdown, now: float) -> bool:
    return state.due is not None and now >= state.due


def _climb(state: Shutdown, now: float) -> Step:
    rung = state.rung + 1
    step = state.ladder[rung]
    then = state.ladder[rung + 1].signal if rung + 1 < len(state.ladder) else None
    due = None if step.patience is None or then is None else now + step.patience
    cut = state.active if step.signal != "TERM" else ()
    then_in = step.patience if then else None
    fates, awaited = state.last_word, state.awaited
    sent = SignalSent(state.node, state.pid, step.signal, then, then_in, cut, fates, awaited)
    return replace(state, rung=rung, due=due, cut=cut or state.cut), step.signal, (sent,)


def _tasks(state: Shutdown, active: tuple[ActiveTask, ...]) -> Step:
    if _ids(active) == _ids(state.active):
        return state, None, ()
    state = replace(state, active=active, due=_due_with(state, active))
    return state, None, (TasksRunning(state.node, active),)


def _due_with(state: Shutdown, active: tuple[ActiveTask, ...]) -> float | None:
    if state.due is None or not state.cold:
        return state.due
    return state.began + (NOW_GRACE if active else IDLE_GRACE)


def _ids(active: tuple[ActiveTask, ...]) -> set[str]:
    return {task.id for task in active}


def _ended(state: Shutdown, ended: Ended, now: float) -> Step:
    forced = state.forced or ended.by_others
    # After a QUIT the last snapshot is often empty: what was running when it was sent counts.
    cut = {task.id: task for task in (*state.cut, *ended.active)} if forced else {}
    lost, requeued = cut_off(tuple(cut.values()))
    amiss = bool(forced and (not state.cold or lost or requeued))
    stopped = NodeStopped(
        state.node, state.pid, ended.exit, now - state.began, forced, lost, requeued, amiss
    )
    outcome = Outcome.FORCED if amiss else Outcome.DONE
    return replace(state, outcome=outcome), None, (stopped,)


def cut_off(
    active: tuple[ActiveTask, ...],
) -> tuple[tuple[ActiveTask, ...], tuple[ActiveTask, ...]]:
    """The tasks lost (acknowledged before they ran), and those the broker gives out again."""
    lost = tuple(task for task in active if not task.acks_late)
    return lost, tuple(task for task in active if task.acks_late)


def _left(state: Shutdown, outcome: Outcome, now: float) -> Step:
    if state.rung < 0:
        why = "interrupted" if outcome is Outcome.INTERRUPTED else "no time left"
        refused = NodeRefused(state.node, f"not stopped: {why} before its lock was free")
        return replace(state, outcome=outcome), None, (refused,)
    event = NodeStillStopping(state.node, state.pid, now - state.began, state.active)
    return replace(state, outcome=outcome), None, (event,)
