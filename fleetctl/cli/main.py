"""The program's entry: the command tree and the one boundary where errors become words."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from fleetctl import __version__
from fleetctl.cli import definition, history, lifecycle, output, reading
from fleetctl.cli.context import FleetOption
from fleetctl.errors import ExitCode, FleetctlError, UsageError

EPILOG = "Nodes are named by name, worker, glob ('crunch*'), @group or all."

app = typer.Typer(
    name="fleetctl",
    help="Run fleets of Celery workers from one fleet.yaml.",
    epilog=EPILOG,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"fleetctl {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _program(
    context: typer.Context,
    fleet: FleetOption = None,
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    context.obj = fleet
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


lifecycle.register(app)
reading.register(app)
history.register(app)
definition.register(app)


def run() -> int:
    """Run the command line of this process; its exit code."""
    try:
        code = int(app(standalone_mode=False) or ExitCode.DONE)
        sys.stdout.flush()
        return code
    except FleetctlError as error:
        _report(error)
        return error.exit_code
    except typer.TyperException as error:
        _report(UsageError(error.format_message(), hint=_usage_hint(error)))
        return ExitCode.USAGE
    except (KeyboardInterrupt, typer.Abort):
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        output.silence()
        return ExitCode.DONE


def _report(error: FleetctlError) -> None:
    problems = getattr(error, "problems", None)
    if problems:
        output.show_problems(problems, sys.stderr)
    else:
        output.complain(error)


def _usage_hint(error: typer.TyperException) -> str | None:
    context = getattr(error, "ctx", None)
    return f"see `{context.command_path} --help`" if context is not None else None
