"""Before anything is stopped: could what is stopped start again? The app is imported in a probe."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fleetctl.errors import ExitCode, FleetctlError
from fleetctl.fleet.env import read_at_exec
from fleetctl.fleet.model import Node
from fleetctl.fleet.pools import PATCHING
from fleetctl.operations import chronicle
from fleetctl.operations.events import AppsTried, Sink
from fleetctl.operations.loop import Loop
from fleetctl.process import warmup
from fleetctl.process.probe import ProbeProcess
from fleetctl.process.spawn import passed_on
from fleetctl.runtime import journal
from fleetctl.runtime.formats import Cause, Fault, Invoker, ProbePlan

PROBE_TIMEOUT = 30.0
"""Seconds an app is given to be imported."""

_PATIENCE = 1.0
"""Seconds after which it is said what is being waited for."""

_DEAF_GRACE = 3.0
"""Seconds after which a probe is ended that can't say itself where it hangs."""

_AT_ONCE = max(4, os.cpu_count() or 1)
"""Probes that run together: more would only make each other late."""

_OF_FLEET_YAML = frozenset({"option", "pool-unknown"})

Surroundings = tuple[str, Path, tuple[tuple[str, str], ...], str, str]


class Unfit(FleetctlError):
    """The code or the options can't start; nothing was stopped for them."""

    def __init__(self, message: str, hint: str | None, exit_code: ExitCode) -> None:
        super().__init__(message, hint=hint)
        self.exit_code = exit_code


@dataclass(frozen=True, slots=True)
class Found:
    """A fault, and the nodes that have it."""

    cause: Cause
    nodes: tuple[str, ...]
    workdir: Path


def preflight(
    rundir: Path,
    nodes: Sequence[Node],
    *,
    invoker: Invoker,
    sink: Sink,
    loop: Loop,
    limit: float = PROBE_TIMEOUT,
) -> None:
    """Try whether all `nodes` could start, in one probe for each of their surroundings.

    Raises Unfit where one couldn't, or when interrupted. The history tells of refusals, too; the
    sink is told if it can't be.
    """
    operation = _Preflight(nodes, sink, loop, limit)
    try:
        found = operation.run()
    finally:
        operation.close()
    if found:
        chronicle.warn_unless_writable(rundir, sink)
        for one in found:
            for name in one.nodes:
                journal.tell(str(rundir), chronicle.refused(name, _told(one), invoker))
        raise complaint(found, [node.name for node in nodes])


def surroundings(node: Node) -> Surroundings:
    """Where its app is imported: two nodes of the same surroundings import the same."""
    patching = node.pool if node.pool in PATCHING else ""
    return node.python, node.workdir, tuple(sorted(node.env.items())), node.app, patching


class _Preflight:
    def __init__(self, nodes: Sequence[Node], sink: Sink, loop: Loop, limit: float) -> None:
        self._sink = sink
        self._loop = loop
        self._limit = limit
        self._found: list[Found] = []
        self._probes: dict[ProbeProcess, list[Node]] = {}
        self._heard: set[ProbeProcess] = set()
        self._interrupted = False
        groups: dict[Surroundings, list[Node]] = {}
        for node in nodes:
            groups.setdefault(surroundings(node), []).append(node)
        self._waiting = list(groups.values())

    def run(self) -> list[Found]:
        self._loop.call_at(self._loop.now() + _PATIENCE, self._tell_of_delay)
        with self._loop.interrupts(lambda _: self._interrupt()):
            self._loop.run(self._finished)
        if self._interrupted:
            raise Unfit("nothing stopped: interrupted", None, ExitCode.INTERRUPTED)
        return self._found

    def _finished(self) -> bool:
        """Whether all have answered, once as many run as may."""
        while self._waiting and len(self._probes) < _AT_ONCE:
            self._begin(self._waiting.pop(0))
        return self._interrupted or not self._probes

    def _tell_of_delay(self) -> None:
        apps = dict.fromkeys(node.app for members in self._probes.values() for node in members)
        if apps:
            self._sink(AppsTried("", tuple(apps), self._limit))

    def close(self) -> None:
        for probe in list(self._probes):
            self._forget(probe)
        warmup.discard()

    def _begin(self, members: list[Node]) -> None:
        first = members[0]
        plan = ProbePlan(
            app=first.app,
            pool=first.pool,
            limit=self._limit,
            nodes={node.name: list(node.options) for node in members},
            env=dict(first.env),
        )
        try:
            probe = _spawn(first)
        except OSError as error:
            reason = f"cannot run {first.python}: {error.strerror or error}"
            self._note(members, [Fault(Cause("error", reason))])
            return
        probe.give_plan(plan)
        self._probes[probe] = members
        self._heard.add(probe)
        self._loop.watch(probe, lambda: self._listen(probe))
        self._loop.watch(probe.ending, lambda: self._end(probe))
        due = self._loop.now() + self._limit + _DEAF_GRACE
        self._loop.call_at(due, lambda: self._lose_patience(probe))

    def _listen(self, probe: ProbeProcess) -> None:
        if probe not in self._probes:
            return  # its end came in the same moment, and was heard first
        more = probe.hear()
        faults = probe.answer()
        if faults is not None:
            self._note(self._forget(probe), faults)
        elif not more:
            self._stop_listening(probe)  # its end will tell

    def _end(self, probe: ProbeProcess) -> None:
        if probe in self._probes:
            faults = probe.last_answer()
            self._note(self._forget(probe), faults)

    def _lose_patience(self, probe: ProbeProcess) -> None:
        if probe in self._probes:
            members = self._forget(probe)
            text = f"importing {members[0].app} takes longer than {self._limit:g} s"
            self._note(members, [Fault(Cause("app-hang", text))])

    def _forget(self, probe: ProbeProcess) -> list[Node]:
        self._stop_listening(probe)
        self._loop.unwatch(probe.ending)
        probe.abandon()
        return self._probes.pop(probe)

    def _stop_listening(self, probe: ProbeProcess) -> None:
        if probe in self._heard:
            self._heard.remove(probe)
            self._loop.unwatch(probe)

    def _note(self, members: list[Node], faults: Iterable[Fault]) -> None:
        for fault in faults:
            names = (fault.node,) if fault.node else tuple(node.name for node in members)
            self._found.append(Found(fault.cause, names, members[0].workdir))

    def _interrupt(self) -> None:
        self._interrupted = True


def _spawn(node: Node) -> ProbeProcess:
    """A probe for what has this node's surroundings; raises OSError."""
    inherited = passed_on(os.environ)
    if node.pool in PATCHING:
        # As such a node gets its environment. No other interpreter would do: one that was begun
        # ahead has imported Celery, which gevent and eventlet patch before.
        environment = {**inherited, **node.env}
        return ProbeProcess(node.python, workdir=node.workdir, environment=environment)
    environment = {**inherited, **read_at_exec(node.env)}
    warm = warmup.take(ProbeProcess, node.python, node.workdir, environment)
    return warm or ProbeProcess(node.python, workdir=node.workdir, environment=environment)


def complaint(found: Sequence[Found], nodes: Sequence[str]) -> Unfit:
    """The one error that tells all faults, each once, with the nodes it concerns unless all."""
    concerned: dict[str, list[str]] = {}
    for one in found:
        concerned.setdefault(_told(one), []).extend(one.nodes)
    lines = [
        text if set(names) == set(nodes) else f"{text} ({', '.join(names)})"
        for text, names in concerned.items()
    ]
    hint = "correct it and run this again; --no-preflight restarts without this check"
    usage = all(one.cause.kind in _OF_FLEET_YAML for one in found)
    code = ExitCode.USAGE if usage else ExitCode.FAILED
    return Unfit("nothing stopped: " + "\n".join(lines), hint, code)


def _told(found: Found) -> str:
    """``proj/tasks.py:12 ImportError: …``, the file from the workdir where it is in there."""
    cause = found.cause
    if cause.file is None:
        return cause.message
    path = Path(cause.file)
    shown = path.relative_to(found.workdir) if path.is_relative_to(found.workdir) else path
    return f"{shown}:{cause.line} {cause.message}" if cause.line else f"{shown} {cause.message}"
