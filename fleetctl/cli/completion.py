"""The command that prints, installs or removes the scripts that answer TAB."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Optional

import typer

from fleetctl.cli.output import note, write_text
from fleetctl.cli.program import THIS_PROGRAM
from fleetctl.errors import ExitCode, FleetctlError, UsageError

if TYPE_CHECKING:
    from fleetctl.completion.installing import Installed

_EXAMPLES = """\
fleetctl completion --install        # for the shell you are using
fleetctl completion zsh --uninstall  # takes it away again
fleetctl completion fish | source    # for this session alone"""


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command(
        rich_help_panel=THIS_PROGRAM,
        short_help="Complete everything by TAB in bash, zsh and fish.",
        epilog=_EXAMPLES,
    )(completion)


def completion(
    context: typer.Context,
    shell: Annotated[
        Optional[Literal["bash", "zsh", "fish"]],  # noqa: UP045 - for Python 3.10's typer
        typer.Argument(metavar="SHELL", help="bash, zsh or fish; default: as $SHELL says."),
    ] = None,
    install: Annotated[
        bool, typer.Option("--install", help="Write it where the shell looks for it.")
    ] = False,
    uninstall: Annotated[bool, typer.Option("--uninstall", help="Remove it from there.")] = False,
) -> int:
    """Print the script that completes fleetctl in a shell, or install it.

    It completes commands, options and their values by itself; names of nodes, groups and queues
    it asks fleetctl for, which reads fleet.yaml and never imports your app.
    """
    from fleetctl.cli.describe import tree
    from fleetctl.completion import installing, shells

    if install and uninstall:
        raise UsageError("--install and --uninstall exclude each other")
    chosen = shell or _own_shell()
    if uninstall:
        _tell(installing.uninstall(chosen, os.environ, _home()), "removed", "there is no")
        return ExitCode.DONE
    script = shells.script(chosen, tree(context.find_root().command))
    if install:
        done = installing.install(chosen, script, os.environ, _home())
        _tell(done, "wrote", "up to date:")
        if done.changed and not done.advice:
            note(f"new {chosen} sessions complete fleetctl")
    else:
        sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
        write_text(script.removesuffix("\n"))
    return ExitCode.DONE


def _tell(done: Installed, changed: str, unchanged: str) -> None:
    note(f"{changed if done.changed else unchanged} {done.path}")
    if done.advice:
        note(done.advice)


def _own_shell() -> Literal["bash", "zsh", "fish"]:
    from fleetctl.completion.shells import SHELLS

    name = Path(os.environ.get("SHELL", "")).name
    for shell in SHELLS:
        if name == shell:
            return shell
    told = f"$SHELL is {name}" if name else "$SHELL isn't set"
    raise UsageError(f"which shell? {told}", hint=f"one of {', '.join(SHELLS)}")


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError as error:
        raise FleetctlError("you have no home directory", hint="set HOME") from error
