"""The command that makes a first fleet.yaml: init."""

from __future__ import annotations

import os
import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from fleetctl.cli.context import FleetOption, invoker
from fleetctl.cli.manner import MANNER, surroundings
from fleetctl.cli.output import enduring, geometry, note, show_problems, warn, write, write_text
from fleetctl.cli.program import FLEET_FILE
from fleetctl.completion import values
from fleetctl.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from fleetctl.operations.events import Event
    from fleetctl.operations.init import Ground, Proposed


_EXAMPLES = """\
fleetctl init                             # from what is in this folder
fleetctl init -- start 3 -A proj -c 4     # from a line of celery multi
fleetctl init --adopt                     # from the workers that run
fleetctl init -n --from /etc/default/celeryd"""


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(
        rich_help_panel=FLEET_FILE,
        short_help="Make a first fleet.yaml from what you have.",
        epilog=_EXAMPLES,
        # Once the line begins, its options are its own, with or without a `--` before it.
        context_settings={"allow_interspersed_args": False},
    )(init)


def init(  # noqa: PLR0917 - typer passes them by name
    context: typer.Context,
    line: Annotated[
        Optional[list[str]],  # noqa: UP045 - typer evaluates it on Python 3.10 too
        typer.Argument(
            metavar="-- LINE",
            help="A `celery multi` or `celery worker` line, as you type it today.",
        ),
    ] = None,
    fleet: FleetOption = None,
    output: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--output", "-o", metavar="PATH", help="Where to write; default: ./fleet.yaml."
        ),
        values.FLEET_FILES,
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Show it, write nothing.")
    ] = False,
    app: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--app", "-A", metavar="APP", help="The Celery app, as for celery -A."),
    ] = None,
    source: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--from",
            metavar="FILE",
            help="Go by this Procfile, systemd unit, supervisord.conf or /etc/default/celeryd.",
        ),
        values.FILES,
    ] = None,
    adopt: Annotated[
        bool, typer.Option("--adopt", help="Go by the workers that run, and take them over.")
    ] = False,
) -> int:
    """Make a first fleet.yaml from this folder, or from a command line after `--`.

    It is shown, and written where none is yet; nothing is ever overwritten.
    """
    from fleetctl.operations.init import Ground, write_proposed

    if sum((bool(line), source is not None, adopt)) > 1:
        raise UsageError("a command line, --from and --adopt: only one of them can be gone by")
    given = (each for each in (output, fleet, context.find_root().obj) if each is not None)
    path = _target(next(given, None))
    ground = Ground(path=path, cwd=Path.cwd(), environ=os.environ, app=app)
    if not dry_run:
        _refuse_existing(path)
    if adopt:
        return _adopt(ground, dry_run)
    proposed = _propose(line, source, ground)
    if not _shown_valid(path, proposed, dry_run=dry_run):
        return ExitCode.USAGE
    if dry_run:
        _tell_secrets(path, proposed)
    else:
        write_proposed(path, proposed)
        _tell_written(path, proposed)
        note(f"next: {_command(path, 'start')}")
    return ExitCode.DONE


def _adopt(ground: Ground, dry_run: bool) -> int:
    from fleetctl.display.status_table import render
    from fleetctl.operations.adopt import from_running, take_over
    from fleetctl.operations.status import all_running

    adoption = from_running(ground)
    if not _shown_valid(ground.path, adoption.proposed, dry_run=dry_run):
        return ExitCode.USAGE
    if dry_run:
        _tell_secrets(ground.path, adoption.proposed)
        return ExitCode.DONE
    reports = take_over(ground.path, adoption, invoker(), _warn)
    _tell_written(ground.path, adoption.proposed)
    adopted = all(row.adopted for row in reports)
    if not (MANNER.quiet and adopted):
        width, symbols = geometry(sys.stderr)
        write(render(reports, now=time.time(), width=width, symbols=symbols), sys.stderr)
    note(
        "they run on untouched; each becomes fleetctl's own at its next restart: "
        f"`{_command(ground.path, 'restart all')}`"
    )
    return ExitCode.DONE if adopted and all_running(reports) else ExitCode.PARTIAL


def _warn(event: Event) -> None:
    from fleetctl.operations.events import Warned

    if isinstance(event, Warned):
        warn(f"{event.node}: {event.message}")


def _target(chosen: str | None) -> Path:
    """Where fleet.yaml is to be: as chosen, else where the other commands would read it."""
    from fleetctl.fleet.locate import FILENAME, VARIABLE, absolute, home
    from fleetctl.fleet.places import is_folder

    if chosen == "":
        raise UsageError("a fleet.yaml without a name can't be written", hint="name it: -o PATH")
    given = chosen or os.environ.get(VARIABLE) or FILENAME
    path = absolute(home(given), Path.cwd())
    path = path / FILENAME if is_folder(path) else path
    if not is_folder(path.parent):
        raise UsageError(f"{path.parent} is no folder to write {path.name} into")
    return path


def _refuse_existing(path: Path) -> None:
    from fleetctl.operations.writing import refuse_existing

    refuse_existing(path)


def _propose(line: list[str] | None, source: str | None, ground: Ground) -> Proposed:
    from fleetctl.init.services import read_given
    from fleetctl.operations.init import from_file, from_folder, from_line

    if line:
        return from_line(line, ground)
    if source is not None:
        return from_file(read_given(ground.cwd / source), ground)
    return from_folder(ground)


def _shown_valid(path: Path, proposed: Proposed, *, dry_run: bool) -> bool:
    """Show a proposal; whether `validate` will accept it. What it won't is shown as well."""
    from fleetctl.display.init import remarks
    from fleetctl.operations.init import problems_of

    problems = problems_of(path, proposed)
    valid = all(problem.severity != "error" for problem in problems)
    if dry_run or not valid or not MANNER.quiet:
        # Whoever reads may have seen enough; what was asked for is written all the same.
        with enduring():
            _show(proposed)
    if proposed.remarks and not MANNER.quiet:
        write(remarks(proposed.remarks, width=geometry(sys.stderr)[0]), sys.stderr)
    if problems and not (valid and MANNER.quiet):
        show_problems(problems, sys.stderr)
    if not valid:
        note("nothing is written: correct the line, or the text above by hand")
    return valid


def _show(proposed: Proposed) -> None:
    from fleetctl.display.init import proposal
    from fleetctl.display.terminal import interactive

    if interactive(sys.stdout, surroundings()):
        write(proposal(proposed.text), sys.stdout)
    else:
        write_text(proposed.text.rstrip("\n"))


def _tell_written(path: Path, proposed: Proposed) -> None:
    from fleetctl.display.words import plural
    from fleetctl.operations.init import env_file_of, planned_fleet

    if proposed.secrets:
        note(f"wrote {env_file_of(path)}, for your eyes only: {', '.join(proposed.secrets)}")
    note(f"wrote {path}: {plural(len(planned_fleet(path, proposed).nodes), 'node')}")
    _tell_hidden(path)


def _tell_secrets(path: Path, proposed: Proposed) -> None:
    """The names of what a dry run shows nowhere."""
    from fleetctl.operations.init import env_file_of

    if proposed.secrets:
        note(f"{env_file_of(path)}, for your eyes only, would get: {', '.join(proposed.secrets)}")


def _tell_hidden(path: Path) -> None:
    """From here on the file above isn't found any more; whoever relied on it should know."""
    from fleetctl.fleet.locate import above

    hidden = above(path)
    if hidden is not None:
        note(f"in {path.parent} and below, it is now used instead of {hidden}")


def _command(path: Path, rest: str) -> str:
    chosen = "" if path == Path.cwd() / "fleet.yaml" else f"-f {shlex.quote(str(path))} "
    return f"fleetctl {chosen}{rest}"
