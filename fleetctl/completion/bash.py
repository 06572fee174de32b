"""The script for bash, which brings its own engine: bash has none."""

from __future__ import annotations

from fleetctl.completion.template import filled, quoted
from fleetctl.completion.tree import Command, Option, Tree
from fleetctl.completion.values import Values

_STEP = "    "


def script(tree: Tree) -> str:
    """``fleetctl.bash``."""
    shared = tree.shared
    own = [option for option in tree.options if option not in shared]
    table = _case("''", own, "")
    for command in tree.commands:
        options = [option for option in command.options if option not in shared]
        table += _case(command.name, options, _argument(command))
    return filled(
        "fleetctl.bash",
        TABLE=table,
        SHARED=[f"{_STEP * 2}{_option(option)}" for option in shared],
        COMMANDS=[f"{_STEP}{_tabbed(each.name, each.purpose)}" for each in tree.commands],
    )


def _case(name: str, options: list[Option], argument: str) -> list[str]:
    lines = [f"{_STEP * 2}{name})"]
    if options:
        lines += [f"{_STEP * 3}options=(", *(f"{_STEP * 4}{_option(o)}" for o in options)]
        lines += [f"{_STEP * 3})"]
    if argument:
        lines.append(f"{_STEP * 3}argument={quoted(argument)}")
    return [*lines, f"{_STEP * 3};;"]


def _option(option: Option) -> str:
    again = "…" if option.repeats else ""
    # What takes something that can't be offered still takes something.
    takes = (kinds(option.values) or "any") if option.takes else ""
    return _tabbed(" ".join(option.flags), takes, option.meaning + again)


def _argument(command: Command) -> str:
    if not command.arguments:
        return ""
    first = command.arguments[0]
    words = kinds(first.values)
    return words if first.repeats or not words else f"one {words}"


def kinds(values: Values) -> str:
    """``words 30s 5m``, ``files yaml yml``, ``nodes running``."""
    return " ".join(filter(None, [values.kind, *values.words, *values.endings, values.first]))


def _tabbed(*texts: str) -> str:
    escaped = "\\t".join(text.replace("\\", "\\\\").replace("'", "\\'") for text in texts)
    return f"$'{escaped}'"
