"""The program's entry: the command tree and the one boundary where errors become words."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from fleetctl import __version__
from fleetctl.cli import (
    completion,
    definition,
    guide,
    history,
    init,
    lifecycle,
    logs,
    output,
    reading,
    upgrade_settings,
)
from fleetctl.cli.context import FleetOption
from fleetctl.cli.program import (
    COMMON,
    ColorOption,
    Command,
    HelpOption,
    Program,
    QuietOption,
    ReaderGone,
    VerboseOption,
)
from fleetctl.errors import ExitCode, FleetctlError

app = typer.Typer(
    name="fleetctl",
    cls=Program,
    help="Run fleets of Celery workers from one fleet.yaml.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_help_option=False,
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
        bool,
        typer.Option(
            "--version",
            callback=_version,
            is_eager=True,
            help="Show the version.",
            rich_help_panel=COMMON,
        ),
    ] = False,
    *,
    _color: ColorOption = None,
    _quiet: QuietOption = False,
    _verbose: VerboseOption = False,
    _help: HelpOption = False,
) -> None:
    context.obj = fleet
    if context.invoked_subcommand is None:
        output.write_text(context.get_help())


lifecycle.register(app)
init.register(app)
reading.register(app)
history.register(app)
logs.register(app)
definition.register(app)
upgrade_settings.register(app)
completion.register(app)
guide.register(app)

for _command in app.registered_commands:
    _command.cls, _command.add_help_option = Command, False


def run() -> int:
    """Run the command line of this process; its exit code."""
    try:
        # Asked for nothing, it needn't look at options, which the parser takes its time for.
        code = int(app(sys.argv[1:] or ["--help"], standalone_mode=False) or ExitCode.DONE)
        sys.stdout.flush()
        return code
    except FleetctlError as error:
        _report(error)
        return error.exit_code
    except typer.TyperException as error:
        from fleetctl.cli.usage import in_our_words

        _report(in_our_words(error))
        return ExitCode.USAGE
    except (KeyboardInterrupt, typer.Abort):
        return ExitCode.INTERRUPTED
    except (ReaderGone, BrokenPipeError):
        output.silence()
        return ExitCode.DONE
    except Exception as error:  # noqa: BLE001 - the boundary: whatever comes here is a bug
        from fleetctl.cli.bug import apology

        _report(apology(error))
        return ExitCode.FAILED


def _report(error: FleetctlError) -> None:
    problems = getattr(error, "problems", None)
    # Nobody may be listening on stderr either.
    with output.enduring():
        if problems:
            output.show_problems(problems, sys.stderr)
        else:
            output.complain(error)
