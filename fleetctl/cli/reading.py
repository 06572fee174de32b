"""The commands that only read: status, show, names."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fleetctl.cli.context import FleetOption, NamesArgument, load_fleet, load_running, select
from fleetctl.cli.manner import MANNER, surroundings
from fleetctl.cli.output import geometry, write, write_json, write_json_line, write_text
from fleetctl.cli.program import FLEET_FILE, SEE
from fleetctl.errors import ExitCode

if TYPE_CHECKING:
    from rich.console import RenderableType

    from fleetctl.display.live import Draw
    from fleetctl.display.show import Command
    from fleetctl.fleet.model import Fleet, Node
    from fleetctl.operations.report import NodeReport

JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable, on stdout.")]

_WATCH_INTERVAL = 1.0


_STATUS = """\
fleetctl status                      # one row a node
fleetctl status --watch @web         # anew each second, until ^C
fleetctl status --quiet              # only what isn't running"""
_SHOW = """\
fleetctl show mail                   # to paste into a shell
fleetctl show --reveal --json        # with its secrets, for a program"""
_NAMES = """\
fleetctl names                       # every node of fleet.yaml
fleetctl names @web crunch           # those of a group and of a worker"""


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    add = app.command
    add(rich_help_panel=SEE, short_help="Show what every node is doing.", epilog=_STATUS)(status)
    add(
        rich_help_panel=FLEET_FILE,
        short_help="Print the equivalent celery commands.",
        epilog=_SHOW,
    )(show)
    add(rich_help_panel=FLEET_FILE, short_help="List node names, one a line.", epilog=_NAMES)(names)


def status(
    context: typer.Context,
    names: NamesArgument = None,
    fleet: FleetOption = None,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Refresh every second until ^C.")
    ] = False,
    json: JsonOption = False,
) -> int:
    """Show what every node is doing, one row a node. Exit 3 if one isn't running."""
    from fleetctl.operations.status import all_running

    definition = load_running(context, fleet)
    nodes = select(definition, names, recorded=True)
    if watch:
        return _watch(definition, nodes, json)
    reports = _look(definition, nodes)
    if json:
        write_json(_document(definition, reports))
    elif (shown := _shown(reports)) or not MANNER.quiet:
        write(_table(shown), sys.stdout)
    return ExitCode.DONE if all_running(reports) else ExitCode.PARTIAL


def _shown(reports: list[NodeReport]) -> list[NodeReport]:
    """All of them, or where only trouble shall be told those that aren't up."""
    from fleetctl.operations.status import is_up

    return [each for each in reports if not (MANNER.quiet and is_up(each))]


def _look(definition: Fleet, nodes: Mapping[str, Node | None]) -> list[NodeReport]:
    from fleetctl.operations.status import report

    return report(definition.rundir, nodes)


def _document(definition: Fleet, reports: list[NodeReport]) -> dict[str, Any]:
    from fleetctl.display.status_json import document

    return document(reports, definition.path)


def _table(reports: list[NodeReport]) -> RenderableType:
    width, symbols = geometry(sys.stdout)
    return _drawn(reports)(width, 0, symbols)


def _drawn(reports: list[NodeReport], *, whole: bool = True) -> Draw:
    """Draws the table, `whole` or only as much of it as there are rows."""
    from fleetctl.display.status_table import render

    return lambda width, rows, symbols: render(
        reports,
        now=time.time(),
        width=width,
        symbols=symbols,
        height=None if whole else rows,
    )


def _watch(definition: Fleet, nodes: Mapping[str, Node | None], json: bool) -> int:
    """Until ^C; as JSON, one document a line."""
    from fleetctl.operations.loop import Loop

    loop = Loop()
    interrupted: list[signal.Signals] = []
    with loop.interrupts(interrupted.append), _screen(json) as show:

        def refresh() -> None:
            show(definition, _look(definition, nodes))

        refresh()
        loop.every(_WATCH_INTERVAL, refresh)
        loop.run(lambda: bool(interrupted))
    return ExitCode.INTERRUPTED


@contextmanager
def _screen(json: bool) -> Iterator[Callable[[Fleet, list[NodeReport]], None]]:
    """What shows one look after the other: in place on a terminal, else below each other."""
    from fleetctl.display.terminal import interactive

    if json:
        yield lambda definition, reports: write_json_line(_document(definition, reports))
    elif not interactive(sys.stdout, surroundings()):
        yield lambda _, reports: write(_table(_shown(reports)), sys.stdout)
    else:
        from fleetctl.display.live import LiveArea

        latest: list[NodeReport] = []
        with LiveArea(sys.stdout, surroundings()) as area:

            def show(_: Fleet, reports: list[NodeReport]) -> None:
                latest[:] = reports = _shown(reports)
                area.show(_drawn(reports, whole=False))

            yield show
        area.leave_behind(_drawn(latest))


def show(
    context: typer.Context,
    names: NamesArgument = None,
    fleet: FleetOption = None,
    reveal: Annotated[bool, typer.Option("--reveal", help="Don't mask secrets.")] = False,
    json: JsonOption = False,
) -> int:
    """Print each node's equivalent `python -m celery` command, to paste into a shell.

    --pool=processes is Celery's other name for prefork: over --pool=prefork, a worker_pool in
    the app's own settings would win.
    """
    from fleetctl.display.show import document, script

    definition = load_fleet(context, fleet)
    nodes = [node for node in select(definition, names).values() if node is not None]
    commands = [_command(node, reveal) for node in nodes]
    if json:
        write_json(document(commands))
    else:
        width = geometry(sys.stdout)[0] if sys.stdout.isatty() else None
        write_text(script(commands, width=width))
    return ExitCode.DONE


def _command(node: Node, reveal: bool) -> Command:
    from fleetctl.display.show import Command
    from fleetctl.fleet.argv import command
    from fleetctl.fleet.env import inherited
    from fleetctl.fleet.masking import mask, mask_argument

    inheritance = [each for each in inherited(os.environ) if each.name not in node.env]
    return Command(
        name=node.name,
        argv=command(node) if reveal else [mask_argument(word) for word in command(node)],
        env=dict(node.env) if reveal else {k: mask(k, v) for k, v in node.env.items()},
        unset=[each.name for each in inheritance if each.ignored],
        workdir=str(node.workdir),
        notes=[
            f"inherited: {each.name}={each.value if reveal else mask(each.name, each.value)}"
            f" {each.effect}"
            for each in inheritance
        ],
    )


def names(
    context: typer.Context,
    names: NamesArgument = None,
    fleet: FleetOption = None,
    json: JsonOption = False,
) -> int:
    """List node names, one a line."""
    definition = load_fleet(context, fleet)
    chosen = list(select(definition, names))
    if json:
        write_json({"schema": 1, "names": chosen})
    else:
        write_text("\n".join(chosen))
    return ExitCode.DONE
