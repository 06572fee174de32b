"""The commands that change what runs: start, stop, stopwait, restart, kill."""

from __future__ import annotations

import os
import shlex
from functools import partial
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from fleetctl.cli.context import (
    EndedNamesArgument,
    FleetOption,
    StartedNamesArgument,
    invoker,
    load_fleet,
    load_running,
    narration,
    required,
    select,
)
from fleetctl.cli.output import note, warn
from fleetctl.cli.program import START_AND_STOP
from fleetctl.completion import values
from fleetctl.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fleetctl.operations.events import Event
    from fleetctl.operations.outcome import Outcome
    from fleetctl.operations.stop import Manner

TimeoutOption = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--timeout",
        metavar="DURATION",
        help="Stop waiting after this long (90, 90s, 10m): exit 4, and nothing is sent.",
    ),
    values.DURATIONS,
]


_START = """\
fleetctl start                       # everything that isn't running
fleetctl start mail @web             # a worker, and a group of them
fleetctl start --timeout 5m crunch   # an app that takes its time to import"""
_RESTART = """\
fleetctl restart all                 # one node after another
fleetctl restart --batch 3 'crunch*'  # three at a time
fleetctl restart --all-at-once mail  # nobody consumes meanwhile"""
_STOP = """\
fleetctl stop mail                   # it finishes its tasks by itself
fleetctl stop --now all              # cuts tasks off, and says which were lost"""
_STOPWAIT = """\
fleetctl stopwait all                 # returns when the last task is done
fleetctl stopwait --timeout 10m @web  # watches for ten minutes at most"""
_KILL = """\
fleetctl kill crunch2                # one node that doesn't answer any more
fleetctl kill 'crunch*'              # all nodes of that name"""


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    add = partial(app.command, rich_help_panel=START_AND_STOP)
    add(short_help="Start what isn't running; return when ready.", epilog=_START)(start)
    add(short_help="Restart node by node, each ready first.", epilog=_RESTART)(restart)
    add(short_help="Ask for a warm shutdown, and return.", epilog=_STOP)(stop)
    add(short_help="Ask for a warm shutdown, and watch it.", epilog=_STOPWAIT)(stopwait)
    add(short_help="SIGKILL to nodes and all they started.", epilog=_KILL)(kill)


def start(
    context: typer.Context,
    names: StartedNamesArgument = None,
    fleet: FleetOption = None,
    timeout: Annotated[
        str,
        typer.Option(
            "--timeout",
            metavar="DURATION",
            help="Stop waiting after this long: exit 4; what isn't ready goes on starting.",
        ),
        values.DURATIONS,
    ] = "60s",
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="Return when ready, or as soon as spawned.")
    ] = True,
) -> int:
    """Start what isn't running, and return when each node is truly ready."""
    from fleetctl.operations.events import NodeLeftStarting
    from fleetctl.operations.loop import Loop
    from fleetctl.operations.start import start as operate
    from fleetctl.process.rundir import prepare

    definition = load_fleet(context, fleet)
    seconds = _seconds(timeout)
    nodes = [node for node in select(definition, names).values() if node is not None]
    _say_not_yet(definition.not_yet)
    prepare(definition.rundir, definition.logdir, *definition.file_folders)
    _warn_of_surroundings()
    loop = Loop()
    going_on: set[str] = set()
    with narration(loop, [node.name for node in nodes]) as sink:

        def hear(event: Event) -> None:
            if isinstance(event, NodeLeftStarting):
                going_on.add(event.node)
            sink(event)

        outcomes = operate(
            definition,
            nodes,
            invoker=invoker(),
            sink=hear,
            loop=loop,
            timeout=seconds,
            wait=wait,
        )
    return _ended(outcomes, _left_by_start(outcomes, going_on))


def _left_by_start(outcomes: Mapping[str, Outcome], going_on: set[str]) -> str:
    """What an interrupted start leaves: nodes that go on by themselves, and others that don't."""
    from fleetctl.operations.outcome import Outcome

    interrupted = [name for name, outcome in outcomes.items() if outcome is Outcome.INTERRUPTED]
    down = [name for name in interrupted if name not in going_on]
    said = ["what isn't ready goes on starting; `fleetctl status` tells how it goes"]
    if down:
        said = said if going_on else []
        said.append(f"{', '.join(down)} won't be started: `fleetctl start {shlex.join(down)}` does")
    return "; ".join(said)


def stop(
    context: typer.Context,
    names: EndedNamesArgument = None,
    fleet: FleetOption = None,
    now: Annotated[
        bool,
        typer.Option("--now", help="Don't wait for tasks: cut them off, and say which were lost."),
    ] = False,
) -> int:
    """Ask for a warm shutdown (TERM) and return at once; the drain goes on by itself."""
    from fleetctl.operations.stop import Manner

    return _stop(context, names, fleet, Manner.NOW if now else Manner.ASK)


def stopwait(
    context: typer.Context,
    names: EndedNamesArgument = None,
    fleet: FleetOption = None,
    timeout: TimeoutOption = None,
) -> int:
    """Ask for a warm shutdown and wait, showing the tasks each node still runs.

    QUIT and KILL follow only where fleet.yaml sets a stop_timeout.
    ^C ends the watching, never the drain.
    """
    from fleetctl.operations.stop import Manner

    return _stop(context, names, fleet, Manner.WATCH, timeout)


def restart(
    context: typer.Context,
    names: EndedNamesArgument = None,
    fleet: FleetOption = None,
    *,
    batch: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option("--batch", metavar="N", min=1, help="So many nodes at a time; default: 1."),
    ] = None,
    all_at_once: Annotated[
        bool, typer.Option("--all-at-once", help="All nodes together: nobody consumes meanwhile.")
    ] = False,
    timeout: Annotated[
        str,
        typer.Option(
            "--timeout",
            metavar="DURATION",
            help="Halt if a node isn't ready so long after its start; the drain isn't counted.",
        ),
        values.DURATIONS,
    ] = "60s",
    preflight: Annotated[
        bool,
        typer.Option(
            "--preflight/--no-preflight",
            help="First import the app and parse the options in a probe; stop nothing for faults.",
        ),
    ] = True,
) -> int:
    """Restart one node after another, each ready before the next goes down.

    Halts at the first that fails. What doesn't run is started.
    ^C ends the restart where it is; a node that drains goes on draining, and is then down.
    """
    from fleetctl.operations.loop import Loop
    from fleetctl.operations.preflight import preflight as check
    from fleetctl.operations.restart import restart as operate
    from fleetctl.process.rundir import prepare

    if batch is not None and all_at_once:
        raise UsageError("--batch and --all-at-once exclude each other")
    definition = load_fleet(context, fleet)
    seconds = _seconds(timeout)
    nodes = [
        node for node in select(definition, required(context, names)).values() if node is not None
    ]
    prepare(definition.rundir, definition.logdir, *definition.file_folders)
    by = invoker()
    loop = Loop()
    if preflight:
        check(definition.rundir, nodes, invoker=by, sink=_say, loop=loop)
    _say_not_yet(definition.not_yet)
    _warn_of_surroundings()
    with narration(loop, [node.name for node in nodes]) as sink:
        outcomes = operate(
            definition,
            nodes,
            invoker=by,
            sink=sink,
            loop=loop,
            batch=None if all_at_once else batch or 1,
            timeout=seconds,
        )
    return _ended(outcomes, "nothing more is restarted; what was under way goes on by itself")


def kill(
    context: typer.Context, names: EndedNamesArgument = None, fleet: FleetOption = None
) -> int:
    """SIGKILL to the nodes and everything they started; names the tasks that die."""
    from fleetctl.operations.kill import kill as operate
    from fleetctl.operations.loop import Loop
    from fleetctl.operations.outcome import exit_code

    definition = load_running(context, fleet)
    nodes = select(definition, required(context, names), recorded=True)
    with narration(Loop(), list(nodes)) as sink:
        outcomes = operate(definition.rundir, nodes, invoker=invoker(), sink=sink)
    return exit_code(outcomes.values())


def _stop(
    context: typer.Context,
    names: list[str] | None,
    fleet: str | None,
    manner: Manner,
    timeout: str | None = None,
) -> int:
    from fleetctl.operations.loop import Loop
    from fleetctl.operations.stop import stop as operate

    definition = load_running(context, fleet)
    nodes = select(definition, required(context, names), recorded=True)
    seconds = None if timeout is None else _seconds(timeout)
    loop = Loop()
    with narration(loop, list(nodes)) as sink:
        outcomes = operate(
            definition.rundir,
            nodes,
            manner=manner,
            invoker=invoker(),
            sink=sink,
            loop=loop,
            timeout=seconds,
        )
    return _ended(
        outcomes,
        f"the drain goes on by itself; `fleetctl stopwait {_again(names)}` watches it again",
    )


def _ended(outcomes: Mapping[str, Outcome], after_interrupt: str) -> int:
    """The exit code; whoever left before the end is told what goes on without him."""
    from fleetctl.operations.outcome import exit_code

    code = exit_code(outcomes.values())
    if code is ExitCode.INTERRUPTED:
        note(after_interrupt)
    return code


def _again(names: list[str] | None) -> str:
    return shlex.join(names or ["all"])


def _seconds(text: str) -> float:
    from fleetctl.fleet.kinds import seconds

    try:
        return float(text) if text.isdecimal() else float(seconds(text))
    except ValueError as error:
        message = f"--timeout: {text!r} is not a duration"
        raise UsageError(message, hint="for example: 90, 90s, 10m") from error


def _say_not_yet(members: tuple[str, ...]) -> None:
    for member in members:
        warn(f"{member} is not started: this version starts workers only")


def _say(event: Event) -> None:
    """What an operation says that has no board of its own."""
    from fleetctl.display.phrases import phrase
    from fleetctl.operations.events import AppsTried, Warned

    if isinstance(event, Warned):
        warn(event.message)
    elif isinstance(event, AppsTried):
        note(phrase(event, 0.0).text)


def _warn_of_surroundings() -> None:
    """What of the caller's own situation the nodes will feel, or would."""
    from fleetctl.process.spawn import NOT_PASSED_ON

    for name in sorted(NOT_PASSED_ON & os.environ.keys()):
        warn(f"{name} of your environment is not passed on: it would make a drain cut tasks off")
    _warn_of_cgroup()


def _warn_of_cgroup() -> None:
    from fleetctl.process.cgroup import warning

    said = warning()
    if said is not None:
        warn(said)
