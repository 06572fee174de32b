"""The script for zsh: `_arguments` specifications, which zsh's own engine works by."""

from __future__ import annotations

from fleetctl.completion.template import filled, quoted
from fleetctl.completion.tree import Argument, Option, Tree
from fleetctl.completion.values import Values

_STEP = "    "


def script(tree: Tree) -> str:
    """``_fleetctl``."""
    shared = tree.shared
    own = [option for option in tree.options if option not in shared]
    table: list[str] = []
    for command in tree.commands:
        specs = [_option(option) for option in command.options if option not in shared]
        # One that nothing is known of would keep options from being completed.
        specs += [_argument(each) for each in command.arguments if each.values.kind]
        table += [
            f"{_STEP * 2}{command.name})",
            f"{_STEP * 3}_arguments -s -S : $shared \\",
            *(f"{_STEP * 4}{spec} \\" for spec in specs),
            f"{_STEP * 4}&& ret=0",
            f"{_STEP * 3};;",
        ]
    others = [c.name for c in tree.commands for o in c.options if "-f" in o.flags and not o.takes]
    text = filled(
        "_fleetctl",
        COMMANDS=[f"{_STEP * 2}{quoted(f'{c.name}:{c.purpose}')}" for c in tree.commands],
        SHARED=[f"{_STEP * 2}{_option(option)}" for option in shared],
        OPTIONS=[f"{_STEP * 2}{_option(option)} \\" for option in own],
        TABLE=table,
    )
    return text.replace("#OTHERS#", " ".join(others))


def _option(option: Option) -> str:
    """``'(-f --fleet)'{-f+,--fleet=}'[meaning]:PATH:action'``; of a repeatable one, ``'*'``."""
    value = f":{_escaped(option.takes)}:{_action(option.values)}" if option.takes else ""
    written = [flag + _mark(flag) if value else flag for flag in option.flags]
    flags = written[0] if len(written) == 1 else "{" + ",".join(written) + "}"
    before = "'*'" if option.repeats else quoted(f"({' '.join(option.flags)})")
    return f"{before}{flags}{quoted(f'[{_escaped(option.meaning)}]{value}')}"


def _mark(flag: str) -> str:
    """How a value may follow: ``--fleet=PATH`` or in a word of its own, ``-fPATH`` likewise."""
    return "=" if flag.startswith("--") else "+"


def _argument(argument: Argument) -> str:
    times = "*" if argument.repeats else "1"
    return quoted(f"{times}:{_escaped(argument.name)}:{_action(argument.values)}")


def _action(values: Values) -> str:
    # After a space a function is called as it stands, without zsh's own options in between.
    match values.kind:
        case "words":
            return f" _fleetctl_words {' '.join(values.words)}"
        case "files" if values.endings:
            return f'_files -g "*.({"|".join(values.endings)})(-.)"'
        case "files":
            return "_files"
        case "folders":
            return "_files -/"
        case "nodes":
            return f' _fleetctl_ask nodes "{values.first}"'
        case "queues":
            return ' _fleetctl_ask queues ""'
        case "commands":
            return "_fleetctl_commands"
        case _:
            return ""


def _escaped(text: str) -> str:
    """Text for the parts of a specification, which colons and brackets divide."""
    for character in "\\:[]":
        text = text.replace(character, f"\\{character}")
    return text
