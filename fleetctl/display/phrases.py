"""What happened, in words: the one place where the board and the plain lines take them from."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from functools import singledispatch

from fleetctl.display.durations import duration, took
from fleetctl.display.ink import Tone
from fleetctl.display.text import clean
from fleetctl.display.words import changed, orphans, plural, running, task, task_list
from fleetctl.operations import events
from fleetctl.runtime.ending import cut_task
from fleetctl.runtime.formats import ActiveTask, Cause, Exit

LOG_LINES = 10
"""So many of a failed node's last lines are shown; its log has the rest."""

_AT_ONCE = 1.0
"""Seconds below which nobody had to wait for a kill."""

AWAITING = "waiting for the old process to finish"
DRAINING = "draining"

REQUEUED_LATE = "requeued (on Redis only after the visibility timeout)"
"""A killed node hands nothing back: the broker has to notice by itself."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One event: how it stands, a line, and lines to show under it. All of it is clean."""

    tone: Tone
    text: str
    details: tuple[str, ...] = ()


@singledispatch
def phrase(event: events.Event, _now: float) -> Phrase:
    """The words for an event at a (monotonic) moment. Raises TypeError for one without words."""
    raise TypeError(f"no words for {type(event).__name__}")


@phrase.register
def _(event: events.NodeAlreadyRunning, _now: float) -> Phrase:
    well = event.state == "ready"
    why = f": {event.reason}" if event.reason else ""
    but = "" if well else f", but {event.state}{why}"
    drifted: tuple[str, ...] = ()
    if event.changes:
        hint = f"hint: `fleetctl restart {shlex.quote(event.node)}` brings it up to date"
        drifted = (changed(event.changes), clean(hint))
    tone = Tone.GOOD if well and not drifted else Tone.WARN
    return Phrase(tone, clean(f"already running (pid {event.pid}){but}"), drifted)


@phrase.register
def _(event: events.NodeAwaited, now: float) -> Phrase:
    text = f"{AWAITING} (pid {event.pid})"
    return Phrase(Tone.MOVING, text + _still(event.active, now))


@phrase.register
def _(event: events.NodeSpawned, _now: float) -> Phrase:
    return Phrase(Tone.MOVING, f"starting (pid {event.pid})")


@phrase.register
def _(event: events.NodeProgressed, _now: float) -> Phrase:
    return Phrase(Tone.MOVING, clean(event.text))


@phrase.register
def _(event: events.NodeReady, _now: float) -> Phrase:
    return Phrase(Tone.GOOD, f"ready in {took(event.seconds)} (pid {event.pid})")


@phrase.register
def _(event: events.NodeFailed, _now: float) -> Phrase:
    left = ended(event.exit)
    text = f"failed: {_why(event.cause)}" + (f" ({left})" if left else "")
    tail = [clean(line.rstrip()) for line in event.tail if line.strip()]
    return Phrase(Tone.BAD, clean(text), tuple(tail[-LOG_LINES:]))


@phrase.register
def _(event: events.NodeLeftStarting, _now: float) -> Phrase:
    doing = f": {event.text}" if event.text else ""
    after = f" after {duration(event.waited)}" if event.waited else ""
    text = f"still starting{after} (pid {event.pid}){doing}"
    return Phrase(Tone.WARN, clean(text))


@phrase.register
def _(event: events.NodeRefused, _now: float) -> Phrase:
    details = (f"hint: {clean(event.hint)}",) if event.hint else ()
    return Phrase(Tone.BAD, clean(f"refused: {event.reason}"), details)


@phrase.register
def _(event: events.NodeNotRunning, _now: float) -> Phrase:
    why = f": {event.reason}" if event.reason else ""
    lost = event.state in ("crashed", "failed", "foreign")
    text = "not running" if event.state == "stopped" else f"not running, {event.state}"
    return Phrase(Tone.WARN if lost else Tone.REST, clean(text + why))


@phrase.register
def _(event: events.SignalSent, now: float) -> Phrase:
    next_rung = ladder(event.signal, event.then, event.then_in, awaited=event.awaited)
    text = f"{event.signal} sent (pid {event.pid})" + (f"; {next_rung}" if next_rung else "")
    cut = tuple(_cut(one, now, fate=event.fates) for one in event.cut)
    return Phrase(Tone.WARN if cut else Tone.MOVING, clean(text), cut)


@phrase.register
def _(event: events.TasksRunning, now: float) -> Phrase:
    return Phrase(Tone.MOVING, f"{DRAINING}{_still(event.active, now) or ': no task is left'}")


@phrase.register
def _(event: events.NodeStopped, _now: float) -> Phrase:
    left = ended(event.exit)
    how = f"pid {event.pid}" + (f", {left}" if left and not event.forced else "")
    text = f"{_stopping(event)} ({how})"
    requeued = "requeued" if event.forced != "KILL" else REQUEUED_LATE
    cut = (*_named("lost", event.lost), *_named(requeued, event.requeued))
    return Phrase(Tone.WARN if event.forced or cut else Tone.GOOD, clean(text), cut)


@phrase.register
def _(event: events.NodeStillStopping, now: float) -> Phrase:
    text = f"still stopping after {duration(event.waited)} (pid {event.pid})"
    return Phrase(Tone.WARN, text + _still(event.active, now))


@phrase.register
def _(event: events.OrphansFound, _now: float) -> Phrase:
    return Phrase(Tone.WARN, orphans(event.pids))


@phrase.register
def _(event: events.AppsTried, _now: float) -> Phrase:
    apps = ", ".join(event.apps)
    limit = duration(event.limit)
    text = f"importing {apps} to see whether it can start, for {limit} at most"
    return Phrase(Tone.MOVING, clean(text))


@phrase.register
def _(event: events.Warned, _now: float) -> Phrase:
    return Phrase(Tone.WARN, clean(event.message))


@phrase.register
def _(event: events.RestartHalted, _now: float) -> Phrase:
    fates = [
        ("restarted", event.restarted),
        ("down", event.down),
        ("not started, its place is taken", event.refused),
        ("still starting", event.starting),
        ("draining, then down", event.draining),
        ("not touched", event.untouched),
    ]
    told = [f"{clean(', '.join(nodes))}: {fate}" for fate, nodes in fates if nodes]
    rest = [*event.down, *event.refused, *event.starting, *event.draining, *event.untouched]
    hint = f"`fleetctl restart {shlex.join(rest)}` goes on from here"
    return Phrase(Tone.WARN, "the restart has halted", (*told, f"hint: {clean(hint)}"))


def ladder(signal: str, then: str | None, then_in: float | None, *, awaited: bool = True) -> str:
    """What follows a signal and when: ``KILL in 42 s``; empty where nothing follows."""
    if then is not None:
        when = "next" if then_in is None else f"in {duration(then_in)}"
        return f"{clean(then)} {when}"
    if signal != "TERM":
        return ""
    return "no limit: waits as long as tasks run" if awaited else "ends when its tasks are done"


def ended(left: Exit | None) -> str:
    """``exit code 1``, ``killed by SIGKILL``; nothing for a plain 0 or where nobody knows."""
    if left is None:
        return ""
    if left.signal:
        return f"killed by SIG{left.signal.removeprefix('SIG')}"
    return f"exit code {left.code}" if left.code else ""


def _stopping(event: events.NodeStopped) -> str:
    time = took(event.seconds)
    if event.forced == "KILL":
        return f"killed after {time}" if event.seconds >= _AT_ONCE else "killed"
    return f"stopped by {event.forced} in {time}" if event.forced else f"stopped in {time}"


def _why(cause: Cause) -> str:
    if cause.file is None:
        return cause.message
    place = cause.file if cause.line is None else f"{cause.file}:{cause.line}"
    return cause.message if place in cause.message else f"{cause.message} at {place}"


def _cut(one: ActiveTask, now: float, *, fate: bool) -> str:
    name, ran = task(one, whole_id=True), duration(now - one.started)
    if fate:
        return f"{cut_task(one).fate}: {name}, cut off after {ran}"
    return f"cuts off {name}, running for {ran}"


def _still(active: Sequence[ActiveTask], now: float) -> str:
    if not active:
        return ""
    tasks = running(active, now)
    return f", {plural(len(tasks), 'task')} running: {task_list(tasks)}"


def _named(fate: str, tasks: Sequence[ActiveTask]) -> tuple[str, ...]:
    return tuple(f"{fate}: {task(one, whole_id=True)}" for one in tasks)
