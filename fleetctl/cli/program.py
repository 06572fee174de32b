"""The program's classes of commands: shared options, our own help pages, our own words."""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Optional

import typer
from typer.core import TyperCommand, TyperGroup

from fleetctl.cli.manner import MANNER, surroundings
from fleetctl.completion import values
from fleetctl.errors import UsageError

START_AND_STOP = "Start and stop"
SEE = "See what is going on"
FLEET_FILE = "Write and check fleet.yaml"
PROJECT = "Bring a project up to date"
THIS_PROGRAM = "This program"
MORE = "More commands"
PANELS = (START_AND_STOP, SEE, FLEET_FILE, PROJECT, THIS_PROGRAM)
"""What one may want to do, as the overview groups the commands."""

COMMON = "Common options"

_ELSEWHERE = {"up": "start", "ps": "status", "reload": "restart", "down": "stopwait"}
"""What other tools call our commands, in letters that lead nowhere near them."""

_COLORS = ("auto", "always", "never")


class ReaderGone(Exception):
    """Whoever read the output does so no more."""


@contextmanager
def _read() -> Iterator[None]:
    """Of a broken pipe the parser would make an exit code of its own (typer/core.py, `_main`)."""
    try:
        yield
    except BrokenPipeError as error:
        raise ReaderGone from error


class Command(TyperCommand):
    """A command whose help is a page of ours, and whose errors know which command it was."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except typer.TyperException as error:
            # The parser of options doesn't say whose they are.
            if getattr(error, "ctx", None) is None:
                error.ctx = ctx  # type: ignore[attr-defined]
            raise

    def get_help(self, ctx: Any) -> str:
        from fleetctl.cli.pages import command_page

        return _drawn(command_page(ctx))


class Program(TyperGroup):
    """The command tree. Options of its own that aren't passed on are options of every command.

    A short spelling that a command has for itself, as ``grep`` has ``-v``, is the command's.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        shared = [param for param in self.params if not param.expose_value]
        _take_text_as_typed(self.params)
        for command in self.commands.values():
            own = {spelling for param in command.params for spelling in param.opts}
            _take_text_as_typed(command.params)
            command.params.extend(_without(param, own) for param in shared)

    def make_context(self, *arguments: Any, **settings: Any) -> Any:
        with _read():
            return super().make_context(*arguments, **settings)

    def invoke(self, ctx: Any) -> Any:
        with _read():
            return super().invoke(ctx)

    def get_help(self, ctx: Any) -> str:
        from fleetctl.cli.pages import program_page

        return _drawn(program_page(ctx))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that is meant; raises UsageError with the nearest one."""
        if args[0] not in self.commands and not args[0].startswith("-"):
            raise unknown_command(args[0], self)
        return super().resolve_command(ctx, args)


class _AsTyped:
    """What typer asks for the value of a parameter, where that is the text itself."""

    def coerce(self, value: Any, param: Any, **_: object) -> Any:
        several = param.multiple or param.nargs == -1
        return () if value is None and several else value


def _take_text_as_typed(params: Iterable[Any]) -> None:
    """Spare parameters that are text the making of a validator: a tenth of a short command."""
    for param in params:
        if param.type_descriptor.annotation in (str, list[str]):
            param._runtime_param = _AsTyped()


def _without(param: Any, spellings: set[str]) -> Any:
    """An option that leaves these spellings to another one."""
    if spellings.isdisjoint(param.opts):
        return param
    left = copy.copy(param)
    left.opts = [each for each in param.opts if each not in spellings]
    return left


def unknown_command(word: str, program: TyperGroup) -> UsageError:
    """What to say of a command that there isn't."""
    from fleetctl.fleet.spelling import did_you_mean

    hint = did_you_mean(word, list(program.commands), "`fleetctl help` shows the commands")
    if word in _ELSEWHERE:
        hint = f"did you mean `{_ELSEWHERE[word]}`?"
    return UsageError(f"no such command: {word}", hint=hint)


def write_help(context: typer.Context, wanted: bool) -> None:
    """Show the help of the command at hand, and leave."""
    from fleetctl.cli.output import write_text

    if wanted and not context.resilient_parsing:
        write_text(context.get_help())
        raise typer.Exit


def _drawn(page: Any) -> str:
    from fleetctl.display.help import render
    from fleetctl.display.terminal import UNBOUNDED, coloured, size

    width = size(sys.stdout, surroundings())[0]
    return render(
        page,
        width=80 if width == UNBOUNDED else width,
        styled=coloured(sys.stdout, surroundings()),
    )


def _color(color: str | None) -> None:
    if color is not None and color not in _COLORS:
        raise UsageError(f"--color: {color!r} is none of {', '.join(_COLORS)}")
    MANNER.color = color or MANNER.color


def _quiet(quiet: bool) -> None:
    MANNER.quiet = MANNER.quiet or quiet


def _verbose(verbose: bool) -> None:
    if verbose and not MANNER.verbose:
        from fleetctl.cli.output import note
        from fleetctl.process import trace

        MANNER.verbose = True
        trace.listen(lambda line: note(f"+ {line}"))


ColorOption = Annotated[
    Optional[str],  # noqa: UP045 - typer evaluates it on Python 3.10 too
    typer.Option(
        "--color",
        metavar="WHEN",
        help="auto (as NO_COLOR and FORCE_COLOR say), always, never.",
        callback=_color,
        expose_value=False,
        is_eager=True,
        rich_help_panel=COMMON,
    ),
    values.words(*_COLORS),
]
QuietOption = Annotated[
    bool,
    typer.Option(
        "--quiet",
        "-q",
        help="Say only what went wrong.",
        callback=_quiet,
        expose_value=False,
        rich_help_panel=COMMON,
    ),
]
VerboseOption = Annotated[
    bool,
    typer.Option(
        "--verbose",
        "-v",
        help="Show the commands run and signals sent, on stderr.",
        callback=_verbose,
        expose_value=False,
        rich_help_panel=COMMON,
    ),
]
HelpOption = Annotated[
    bool,
    typer.Option(
        "--help",
        "-h",
        help="Show this help.",
        callback=write_help,
        expose_value=False,
        is_eager=True,
        rich_help_panel=COMMON,
    ),
]
