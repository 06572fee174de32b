"""The command that tells what was done to the fleet: history."""

from __future__ import annotations

import sys
import time
from collections.abc import Collection
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from fleetctl.cli.context import FleetOption, NamesArgument, load_running
from fleetctl.cli.moments import moment
from fleetctl.cli.output import geometry, note, write, write_json
from fleetctl.cli.program import SEE
from fleetctl.cli.reading import JsonOption
from fleetctl.completion import values
from fleetctl.errors import ExitCode

if TYPE_CHECKING:
    from fleetctl.fleet.model import Fleet
    from fleetctl.operations.history import Told
    from fleetctl.process.journal import Journal

_LAST = 50

_EXAMPLES = """\
fleetctl history                     # the last 50 entries
fleetctl history --since 2h mail     # one worker's, of the last two hours
fleetctl history -n 200 --json       # for a program"""


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(
        rich_help_panel=SEE,
        short_help="Tell who did what and when.",
        epilog=_EXAMPLES,
    )(history)


def history(  # noqa: PLR0917 - typer passes them by name
    context: typer.Context,
    names: NamesArgument = None,
    fleet: FleetOption = None,
    since: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--since",
            metavar="WHEN",
            help="All since then: 2h or 3d ago, at 14:05, or at 2026-11-22T20:15.",
        ),
        values.words("1h", "12h", "1d", "7d"),
    ] = None,
    last: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option("-n", metavar="N", min=1, help="The last N; 50 unless --since is given."),
    ] = None,
    json: JsonOption = False,
) -> int:
    """Tell who did what and when: starts, signals, exits, and tasks cut off."""
    from fleetctl.operations import history as operate
    from fleetctl.process.rundir import check_owner

    definition = load_running(context, fleet)
    begin = None if since is None else moment(since, time.time(), "--since")
    if last is None and begin is None:
        last = _LAST
    check_owner(definition.rundir)
    journal = operate.read(definition.rundir)
    chosen = _nodes(definition, names, journal)
    told, damaged = operate.chosen(journal, chosen, since=begin, last=last)
    _tell(definition, told, damaged, json)
    return ExitCode.DONE


def _nodes(definition: Fleet, names: list[str] | None, journal: Journal) -> Collection[str]:
    """The nodes meant, those that have left fleet.yaml and even rundir included."""
    from fleetctl.fleet.selection import select
    from fleetctl.process.records import recorded_names

    present = {node.name for node in definition.nodes}
    known = {*journal.names, *recorded_names(definition.rundir)}
    return set(select(definition, names or ["all"], also=sorted(known - present)))


def _tell(definition: Fleet, told: list[Told], damaged: int, json: bool) -> None:
    from fleetctl.display import history_json, history_table
    from fleetctl.display.words import plural

    if json:
        write_json(history_json.document(told, definition.path, damaged))
        return
    width, symbols = geometry(sys.stdout)
    write(history_table.render(told, width=width, symbols=symbols), sys.stdout)
    if damaged:
        note(f"{plural(damaged, 'damaged line')} of the journal left out")
