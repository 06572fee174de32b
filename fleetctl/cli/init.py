"""The command that makes a first fleet.yaml: init."""

from __future__ import annotations

import os
import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from fleetctl.cli.context import invoker
from fleetctl.cli.output import geometry, note, show_problems, warn, write, write_text
from fleetctl.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from fleetctl.operations.events import Event
    from fleetctl.operations.init import Ground, Proposed


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    # Once the line begins, its options are its own, with or without a `--` before it.
    settings = {"allow_interspersed_args": False}
    app.command(short_help="Make a first fleet.yaml.", context_settings=settings)(init)


def init(  # noqa: PLR0917 - typer passes them by name
    context: typer.Context,
    line: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Argument(
            metavar="-- LINE",
            help="A `celery multi` or `celery worker` line, as you type it today.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--output", "-o", metavar="PATH", help="Where to write; default: ./fleet.yaml."
        ),
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
    ] = None,
    adopt: Annotated[
        bool,
        typer.Option("--adopt", help="Go by the workers that run, and take them over."),
    ] = False,
) -> int:
    """Make a first fleet.yaml: from what is in this folder, or from a command line after `--`.

    It is shown, and written where none is yet; nothing is ever overwritten.
    """
    from fleetctl.operations.init import Ground, write_proposed

    if sum((bool(line), source is not None, adopt)) > 1:
        raise UsageError("a command line, --from and --adopt: only one of them can be gone by")
    path = _target(context, output)
    ground = Ground(path=path, cwd=Path.cwd(), environ=os.environ, app=app)
    if not dry_run:
        _refuse_existing(path)
    if adopt:
        return _adopt(ground, dry_run)
    proposed = _propose(line, source, ground)
    if not _shown_valid(path, proposed):
        return ExitCode.USAGE
    if not dry_run:
        write_proposed(path, proposed)
        _tell_written(path, proposed)
        note(f"next: {_command(path, 'start')}")
    return ExitCode.DONE


def _adopt(ground: Ground, dry_run: bool) -> int:
    from fleetctl.display.status_table import render
    from fleetctl.operations.adopt import from_running, take_over
    from fleetctl.operations.status import all_running

    adoption = from_running(ground)
    if not _shown_valid(ground.path, adoption.proposed):
        return ExitCode.USAGE
    if dry_run:
        return ExitCode.DONE
    reports = take_over(ground.path, adoption, invoker(), _warn)
    _tell_written(ground.path, adoption.proposed)
    width, symbols = geometry(sys.stderr)
    write(render(reports, now=time.time(), width=width, symbols=symbols), sys.stderr)
    note(
        "they run on untouched; each becomes fleetctl's own at its next restart: "
        f"{_command(ground.path, 'restart all')}"
    )
    adopted = all(row.adopted for row in reports)
    return ExitCode.DONE if adopted and all_running(reports) else ExitCode.PARTIAL


def _warn(event: Event) -> None:
    from fleetctl.operations.events import Warned

    if isinstance(event, Warned):
        warn(f"{event.node}: {event.message}")


def _target(context: typer.Context, output: str | None) -> Path:
    from fleetctl.fleet.locate import FILENAME, VARIABLE, absolute, home
    from fleetctl.fleet.places import is_folder

    given = output or context.find_root().obj or os.environ.get(VARIABLE) or FILENAME
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


def _shown_valid(path: Path, proposed: Proposed) -> bool:
    """Show a proposal; whether `validate` will accept it. What it won't is shown as well."""
    from fleetctl.display.init import proposal, remarks
    from fleetctl.display.terminal import interactive
    from fleetctl.operations.init import problems_of

    if interactive(sys.stdout, os.environ):
        write(proposal(proposed.text), sys.stdout)
    else:
        write_text(proposed.text.rstrip("\n"))
    if proposed.remarks:
        write(remarks(proposed.remarks), sys.stderr)
    problems = problems_of(path, proposed)
    if problems:
        show_problems(problems, sys.stderr)
    if any(problem.severity == "error" for problem in problems):
        note("nothing is written: correct the line, or the text above by hand")
        return False
    return True


def _tell_written(path: Path, proposed: Proposed) -> None:
    from fleetctl.display.words import plural
    from fleetctl.operations.init import env_file_of, planned_fleet

    if proposed.secrets:
        note(f"wrote {env_file_of(path)}, for your eyes only: {', '.join(proposed.secrets)}")
    note(f"wrote {path}: {plural(len(planned_fleet(path, proposed).nodes), 'node')}")


def _command(path: Path, rest: str) -> str:
    chosen = "" if path == Path.cwd() / "fleet.yaml" else f"-f {shlex.quote(str(path))} "
    return f"fleetctl {chosen}{rest}"
