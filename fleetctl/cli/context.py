"""What the commands share: their options, the fleet they work on, and where they write."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from fleetctl.cli.manner import MANNER, surroundings
from fleetctl.cli.output import enduring, warn
from fleetctl.cli.program import COMMON
from fleetctl.completion import values
from fleetctl.errors import UsageError

if TYPE_CHECKING:
    from fleetctl.fleet.model import Fleet, Node
    from fleetctl.operations.events import Sink
    from fleetctl.operations.loop import Loop
    from fleetctl.runtime.formats import Invoker

_REDRAW_INTERVAL = 0.1
_HEARTBEAT_INTERVAL = 1.0

FleetOption = Annotated[
    Optional[str],  # noqa: UP045 - typer evaluates it on Python 3.10 too
    typer.Option(
        "--fleet",
        "-f",
        metavar="PATH",
        help="The fleet.yaml; default: $FLEETCTL_FLEET, else upward from here.",
        rich_help_panel=COMMON,
    ),
    values.FLEET_FILES,
]

_NAMES = "Nodes, workers, globs ('crunch*'), @groups or all"

NamesArgument = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Argument(metavar="NAMES", help=f"{_NAMES}; default: all."),
    values.NODES,
]
StartedNamesArgument = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Argument(metavar="NAMES", help=f"{_NAMES}; default: all."),
    values.STOPPED_NODES,
]
EndedNamesArgument = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Argument(metavar="NAMES...", help=f"{_NAMES}."),
    values.RUNNING_NODES,
]
"""Names that must be given: what stops or signals never guesses; see `required`."""


def load_fleet(context: typer.Context, option: str | None) -> Fleet:
    """The valid fleet that the options, the environment or the folder choose.

    Raises UsageError where there is none, FleetInvalid where it is in error.
    """
    from fleetctl.fleet import load

    return load(fleet_path(context, option))


def load_running(context: typer.Context, option: str | None) -> Fleet:
    """As `load_fleet`, but a fleet.yaml in error doesn't hide what runs: its records tell that.

    Raises FleetInvalid where nothing has been started, or where the rundir can't be told.
    """
    from fleetctl.fleet import FleetInvalid, load

    path = fleet_path(context, option)
    try:
        return load(path)
    except FleetInvalid as error:
        from fleetctl.process.remembered import remember

        rundir, groups = _outline(path)
        if rundir is None:
            warn(
                "what runs can't be told either: fleet.yaml is too broken to read rundir out of it"
            )
            raise
        remembered = remember(path, rundir, groups)
        if remembered is None:
            raise
        warn(f"{error.message}; going by the records of what was started")
        return remembered


def _outline(path: Path) -> tuple[Path | None, Mapping[str, Sequence[str]]]:
    """The rundir and the groups, of a file that is in error."""
    from fleetctl.completion import outline
    from fleetctl.completion.members import Members
    from fleetctl.fleet.locate import absolute, home
    from fleetctl.fleet.places import RUNDIR

    found = outline.read(str(path))
    members = Members(found)
    if not found or ("rundir" in found and not members.rundir):
        return None, {}
    return absolute(home(members.rundir or RUNDIR), path.parent), members.groups


def fleet_path(context: typer.Context, option: str | None) -> Path:
    """Where the fleet.yaml is; `--fleet` may stand before the command or after it."""
    from fleetctl.fleet.locate import find

    given = context.find_root().obj if option is None else option
    return find(given, os.environ, _here())


def _here() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:
        # Only what is relative needs it, and that will not be found.
        return Path("/the/current/directory/is/gone")


def select(
    fleet: Fleet, names: list[str] | None, *, recorded: bool = False
) -> Mapping[str, Node | None]:
    """The nodes meant by `names` (all if there are none), in the fleet's order.

    With `recorded`, also nodes that were started and have since left fleet.yaml; they map to None.
    Raises UsageError for a name nothing has, FleetctlError for a rundir that isn't the caller's.
    """
    from fleetctl.fleet.selection import select as choose
    from fleetctl.process.records import left_names
    from fleetctl.process.rundir import check_owner

    by_name: dict[str, Node] = {node.name: node for node in fleet.nodes}
    left: list[str] = []
    if recorded:
        check_owner(fleet.rundir)
        left = [name for name in left_names(fleet.rundir, fleet.path) if name not in by_name]
    try:
        chosen = choose(fleet, names or ["all"], also=left)
    except UsageError as error:
        raise (None if recorded else _out_of_reach(fleet, names or [])) or error from None
    return {name: by_name.get(name) for name in chosen}


def _out_of_reach(fleet: Fleet, names: list[str]) -> UsageError | None:
    """What to say of nodes that were started and that fleet.yaml no longer has, if any is meant."""
    from fleetctl.process.facts import observe
    from fleetctl.process.records import left_names

    known = {node.name for node in fleet.nodes}
    left = [name for name in left_names(fleet.rundir, fleet.path) if name in {*names} - known]
    running = [name for name in left if observe(fleet.rundir, name, None).state.running]
    if running:
        runs, it = ("runs, but is", "it") if len(running) == 1 else ("run, but are", "them")
        message = f"{', '.join(running)} {runs} not in fleet.yaml any more"
        hint = (
            f"`fleetctl stopwait {shlex.join(running)}`: stop, stopwait and kill still reach {it}"
        )
        return UsageError(message, hint=hint)
    if left:
        message = f"not in fleet.yaml any more, nor running: {', '.join(left)}"
        return UsageError(message, hint="`fleetctl history` tells how that came")
    return None


def required(context: typer.Context, names: list[str] | None) -> list[str]:
    """The names, which a command that stops or signals never guesses."""
    if not names:
        command = context.info_name
        hint = f"name them, or all of them: `fleetctl {command} all`"
        raise UsageError(f"{command}: which nodes?", hint=hint)
    return names


def invoker() -> Invoker:
    """Who runs this command, and which."""
    from fleetctl.process.invoker import current

    return current(shlex.join(["fleetctl", *sys.argv[1:]]))


@contextmanager
def narration(loop: Loop, names: list[str]) -> Iterator[Sink]:
    """A sink that tells what happens: on a live board, or as plain lines without a terminal."""
    from fleetctl.display.terminal import interactive

    if interactive(sys.stdout, surroundings()) and not (MANNER.quiet or MANNER.verbose):
        with _board(loop, names) as sink:
            yield sink
    else:
        with _lines(loop) as sink:
            yield sink


@contextmanager
def _board(loop: Loop, names: list[str]) -> Iterator[Sink]:
    from fleetctl.display.board import Board
    from fleetctl.display.live import LiveBoard

    board = Board(names)
    live = LiveBoard(board, sys.stdout, surroundings())

    def draw() -> None:
        with enduring():
            live.show(loop.now())

    loop.every(_REDRAW_INTERVAL, draw)
    with enduring():
        live.__enter__()
    try:
        yield lambda event: board.apply(event, loop.now())
        draw()
    finally:
        # Only what is drawn may fail in silence, never what is done meanwhile.
        with enduring():
            live.__exit__(None, None, None)


@contextmanager
def _lines(loop: Loop) -> Iterator[Sink]:
    from fleetctl.display.lines import Lines
    from fleetctl.display.terminal import Tolerant

    lines = Lines(only_trouble=MANNER.quiet)
    stream = Tolerant(sys.stdout)

    def say(told: list[str]) -> None:
        with enduring():
            for line in told:
                stream.write(line + "\n")
            sys.stdout.flush()

    loop.every(_HEARTBEAT_INTERVAL, lambda: say(lines.due(loop.now())))
    yield lambda event: say(lines.apply(event, loop.now()))
    if lines.summary():
        say([lines.summary()])
