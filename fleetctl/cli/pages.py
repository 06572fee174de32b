"""The command tree as help pages: what `fleetctl.display.help` draws."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from fleetctl.cli.program import COMMON, MORE, PANELS
from fleetctl.display.help import Entry, Help, Section

OPTIONS = "Options"
_NAMES = (
    "NAMES are nodes, workers (all their replicas), globs ('crunch*'), groups (@web) or all. "
    "`fleetctl help COMMAND` tells each command's options, with examples."
)


def program_page(context: Any) -> Help:
    """The commands, grouped by what one wants to do."""
    program = context.command
    commands = [command for command in program.commands.values() if not command.hidden]
    panels = [command.rich_help_panel or MORE for command in commands]
    order = sorted(dict.fromkeys(panels), key=_rank)
    sections = [
        Section(title, _commands(zip(panels, commands, strict=True), title)) for title in order
    ]
    return Help(
        purpose=_paragraphs(program)[0],
        usage=f"{context.command_path} [OPTIONS] COMMAND [NAMES]...",
        sections=(*sections, *_sections(program.params)),
        closing=_NAMES,
    )


def command_page(context: Any) -> Help:
    """One command, with its options in groups and its examples."""
    command = context.command
    what_for, *paragraphs = _paragraphs(command)
    arguments = [param for param in command.params if param.param_type_name == "argument"]
    usage = [context.command_path, "[OPTIONS]", *map(_in_usage, arguments)]
    return Help(
        purpose=what_for,
        usage=" ".join(usage),
        paragraphs=tuple(paragraphs),
        arguments=tuple(map(_argument, arguments)),
        sections=_sections(command.params),
        examples=tuple((command.epilog or "").splitlines()),
    )


def spelling(option: Any) -> str:
    """An option as one writes it: ``-f, --fleet PATH``, ``--[no-]wait``."""
    flags = sorted(option.opts, key=len)
    if option.secondary_opts:
        flags = [f"--[no-]{option.opts[0].removeprefix('--')}"]
    short = "" if len(flags[0]) == 2 else " " * len("-x, ")
    value = "" if option.is_flag or option.count else f" {metavar(option)}"
    return f"{short}{', '.join(flags)}{value}"


def purpose(command: Any) -> str:
    """What a command is for, in a short line."""
    return str(command.short_help or _paragraphs(command)[0])


def _commands(commands: Iterable[tuple[str, Any]], title: str) -> tuple[Entry, ...]:
    return tuple(
        Entry(command.name, purpose(command)) for panel, command in commands if panel == title
    )


def _sections(params: Sequence[Any]) -> tuple[Section, ...]:
    """The options by their groups; a command's own before those that every command has."""
    options = [p for p in params if p.param_type_name == "option" and not p.hidden]
    titles = dict.fromkeys(option.rich_help_panel or OPTIONS for option in options)
    return tuple(
        Section(
            title,
            tuple(
                Entry(spelling(option), _meaning(option))
                for option in options
                if (option.rich_help_panel or OPTIONS) == title
            ),
        )
        for title in sorted(titles, key=lambda title: title == COMMON)
    )


def _meaning(option: Any) -> str:
    meaning = option.help or ""
    shown = not option.is_flag and option.show_default and option.default not in (None, (), [])
    if option.required:
        return f"{meaning} [required]"
    return f"{meaning} [default: {option.default}]" if shown else meaning


def metavar(param: Any) -> str:
    """What the value of an option or argument is called."""
    if param.metavar:
        return str(param.metavar)
    choices = param.type_descriptor.choices
    if choices:
        return "|".join(str(getattr(each, "value", each)) for each in choices)
    return "N" if param.type_descriptor.annotation is int else str(param.name).upper()


def _argument(argument: Any) -> Entry:
    return Entry(metavar(argument).removesuffix("..."), argument.help or "")


def _in_usage(argument: Any) -> str:
    name = metavar(argument)
    if name.endswith("..."):
        return name
    name = name if argument.required else f"[{name}]"
    return f"{name}..." if argument.nargs == -1 else name


def _rank(panel: str) -> int:
    """Groups of commands in their order; what nobody has put into one comes last."""
    return PANELS.index(panel) if panel in PANELS else len(PANELS) + (panel == MORE)


def _paragraphs(command: Any) -> list[str]:
    return (command.help or "").split("\n\n")
