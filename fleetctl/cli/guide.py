"""The commands about the program itself: help."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from fleetctl.cli.output import write_text
from fleetctl.cli.program import THIS_PROGRAM, Program, unknown_command
from fleetctl.completion import values
from fleetctl.errors import ExitCode


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(
        name="help",
        rich_help_panel=THIS_PROGRAM,
        short_help="Show what a command does, with examples.",
        epilog="fleetctl help\nfleetctl help start",
    )(help_)


def help_(
    context: typer.Context,
    command: Annotated[
        Optional[str],  # noqa: UP045 - typer evaluates it on Python 3.10 too
        typer.Argument(metavar="COMMAND", help="Default: an overview.", show_default=False),
        values.COMMANDS,
    ] = None,
) -> int:
    """Show what a command does, with its options and examples."""
    root = context.find_root()
    program = root.command
    assert isinstance(program, Program)
    if command is None:
        write_text(program.get_help(root))
        return ExitCode.DONE
    if command not in program.commands:
        raise unknown_command(command, program)
    wanted = program.commands[command]
    inner = type(context)(wanted, info_name=command, parent=root)
    write_text(wanted.get_help(inner))
    return ExitCode.DONE
