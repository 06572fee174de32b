"""The script for fish: one `complete` a command, an option or an argument."""

from __future__ import annotations

from collections.abc import Iterator

from fleetctl.completion.template import filled
from fleetctl.completion.tree import Argument, Command, Option, Tree
from fleetctl.completion.values import Values


def script(tree: Tree) -> str:
    """``fleetctl.fish``."""
    table = [_option(option, "-n __fleetctl_at") for option in tree.options]
    for command in tree.commands:
        table += _command(command, [o for o in command.options if o not in tree.shared])
    names = " ".join(command.name for command in tree.commands)
    table += [_option(option, f"-n {_quoted(f'__fleetctl_at {names}')}") for option in tree.shared]
    every = [*tree.options, *(o for command in tree.commands for o in command.options)]
    take = dict.fromkeys(flag for option in every if option.takes for flag in option.flags)
    flags = [
        f"{command.name}:{flag}"
        for command in tree.commands
        for option in command.options
        for flag in option.flags
        if not option.takes and flag in take
    ]
    text = filled("fleetctl.fish", COMMANDS=list(_commands(tree)), TABLE=table)
    return text.replace("#TAKE#", " ".join(take)).replace("#FLAGS#", " ".join(flags))


def _commands(tree: Tree) -> Iterator[str]:
    for command in tree.commands:
        yield f"    printf '%s\\t%s\\n' {command.name} {_quoted(command.purpose)}"


def _command(command: Command, options: list[Option]) -> Iterator[str]:
    here = f"-n {_quoted(f'__fleetctl_at {command.name}')}"
    yield from (_option(option, here) for option in options)
    for argument in command.arguments:
        yield from _argument(argument, here)


def _option(option: Option, here: str) -> str:
    flags = [f"-l {f[2:]}" if f.startswith("--") else f"-s {f[1:]}" for f in option.flags]
    takes = f" {_taken(option.values)}" if option.takes else ""
    return f"complete -c fleetctl {here} {' '.join(flags)}{takes} -d {_quoted(option.meaning)}"


def _argument(argument: Argument, here: str) -> Iterator[str]:
    if argument.values.kind:
        once = "" if argument.repeats else " -n __fleetctl_first"
        yield f"complete -c fleetctl {here}{once} {_taken(argument.values)}"


def _taken(values: Values) -> str:
    match values.kind:
        case "words":
            # With a description of their own, if an empty one: fish repeats the option's else.
            alone = [word + "\\t" for word in values.words]
            return f"-x -k -a '{' '.join(alone)}'"
        case "files" if values.endings:
            endings = " ".join(values.endings)
            return f"-x -k -a {_quoted(f'(__fleetctl_files {endings})')}"
        case "files":
            return "-r -F"
        case "folders":
            return f"-x -a {_quoted('(__fish_complete_directories)')}"
        case "nodes":
            return f"-x -k -a {_quoted(f'(__fleetctl_ask nodes {values.first})')}"
        case "queues":
            return f"-x -k -a {_quoted('(__fleetctl_ask queues)')}"
        case "commands":
            return f"-x -k -a {_quoted('(__fleetctl_commands)')}"
        case _:
            return "-x"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
