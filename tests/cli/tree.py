"""The command tree as the tests look at it."""

from __future__ import annotations

from typing import Any

import typer
from typer.main import get_command

from fleetctl.cli.main import app
from fleetctl.cli.pages import command_page, program_page
from fleetctl.display.help import Help

PROGRAM: Any = get_command(app)
COMMANDS: dict[str, Any] = dict(PROGRAM.commands)


def page(name: str | None = None) -> Help:
    """The help of a command; of the program without a name."""
    root = typer.Context(PROGRAM, info_name="fleetctl")
    if name is None:
        return program_page(root)
    return command_page(typer.Context(COMMANDS[name], info_name=name, parent=root))
