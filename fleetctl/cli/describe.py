"""The command tree, with what each option takes, for the scripts that complete it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_type_hints

from fleetctl.cli.pages import metavar, purpose
from fleetctl.completion import values
from fleetctl.completion.tree import Argument, Command, Option, Tree
from fleetctl.completion.values import Values


def tree(program: Any) -> Tree:
    """The tree of the typer program `program`; hidden commands and options are left out."""
    shared = _declared(program)
    return Tree(
        options=_options(program, shared),
        commands=tuple(
            _command(each, shared) for each in program.commands.values() if not each.hidden
        ),
    )


def _command(command: Any, shared: dict[str, Values]) -> Command:
    declared = {**shared, **_declared(command)}
    return Command(
        name=command.name,
        purpose=purpose(command).removesuffix("."),
        options=_options(command, declared),
        arguments=tuple(
            Argument(
                # Of ``-- LINE`` the dashes are how it is given, not what it is called.
                name=metavar(param).removesuffix("...").removeprefix("-- "),
                values=_values(param, declared),
                repeats=param.nargs == -1,
            )
            for param in command.params
            if param.param_type_name == "argument"
        ),
    )


def _options(command: Any, declared: dict[str, Values]) -> tuple[Option, ...]:
    return tuple(
        _option(param, declared)
        for param in command.params
        if param.param_type_name == "option" and not param.hidden
    )


def _option(param: Any, declared: dict[str, Values]) -> Option:
    takes = "" if param.is_flag or param.count else metavar(param)
    return Option(
        flags=tuple(sorted([*param.opts, *param.secondary_opts], key=len)),
        meaning=(param.help or "").removesuffix("."),
        takes=takes,
        values=_values(param, declared) if takes else values.NOTHING,
        repeats=bool(param.multiple or param.count),
    )


def _values(param: Any, declared: dict[str, Values]) -> Values:
    """What is declared beside it, else what its type says."""
    if param.name in declared:
        return declared[param.name]
    choices = param.type_descriptor.choices
    if choices:
        return values.words(*(str(getattr(each, "value", each)) for each in choices))
    annotation = param.type_descriptor.annotation
    inner = getattr(annotation, "__args__", (annotation,))
    return values.FILES if Path in inner else values.NOTHING


def _declared(command: Any) -> dict[str, Values]:
    """The `Values` in the function's Annotated hints, by the parameter's name."""
    function = getattr(command.callback, "__wrapped__", command.callback)
    hints = get_type_hints(function, include_extras=True)
    return {
        name: each
        for name, hint in hints.items()
        for each in getattr(hint, "__metadata__", ())
        if isinstance(each, Values)
    }
