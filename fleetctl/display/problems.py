"""What is wrong in fleet.yaml, as a compiler would say it: the place, the line, a caret, a hint."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fleetctl.display.ink import flowing, line, page
from fleetctl.display.symbols import Symbols
from fleetctl.display.text import cells, clean, cut, cut_start, visible
from fleetctl.display.words import plural
from fleetctl.fleet.model import Problem

if TYPE_CHECKING:
    from rich.console import Group
    from rich.text import Text

_INDENT = 4
_STYLES = {"error": "bold red", "warning": "bold yellow"}


def render(
    problems: Sequence[Problem], *, width: int, symbols: Symbols, folder: Path | None = None
) -> Group:
    """All problems in the order given, then how many. Paths below `folder` are shown from there.

    Where several lines of one file have the same hint, the last has it.
    """
    lines = [
        text
        for problem, next_one in zip_longest(problems, problems[1:])
        for text in _problem(problem, next_one, width, symbols, folder)
    ]
    return page([*lines, line(summary(problems))] if problems else [])


def summary(problems: Sequence[Problem]) -> str:
    """``2 errors, 1 warning``; empty where there are none."""
    counts = Counter[str](problem.severity for problem in problems)
    return ", ".join(plural(counts[word], word) for word in _STYLES if counts[word])


def document(problems: Sequence[Problem]) -> dict[str, Any]:
    """`validate --json`: ``{"valid": bool, "problems": [...]}``; a warning leaves it valid."""
    return {
        "schema": 1,
        "valid": all(problem.severity != "error" for problem in problems),
        "problems": [_entry(problem) for problem in problems],
    }


def _entry(problem: Problem) -> dict[str, Any]:
    return {
        "severity": problem.severity,
        "message": problem.message,
        "file": str(problem.file),
        "line": problem.line,
        "column": problem.column,
        "text": problem.text,
        "hint": problem.hint,
    }


def _problem(
    problem: Problem, next_one: Problem | None, width: int, symbols: Symbols, folder: Path | None
) -> list[Text]:
    place, severity = f"{_place(problem, folder)}: ", f"{problem.severity}: "
    start = [(place, "bold"), (severity, _STYLES[problem.severity])]
    lines = flowing(start, problem.message, indent=_INDENT, width=width)
    if problem.text is not None:
        lines += _excerpt(problem.text, problem.column, width - _INDENT, symbols)
    shared = next_one is not None and (next_one.file, next_one.hint) == (problem.file, problem.hint)
    if problem.hint and not (shared and problem.text is None):
        label = [(" " * _INDENT, ""), ("hint: ", "bold cyan")]
        lines += flowing(label, problem.hint, indent=_INDENT + 2, width=width)
    return lines


def _place(problem: Problem, folder: Path | None) -> str:
    file = problem.file
    if folder is not None and file.is_relative_to(folder):
        file = file.relative_to(folder)
    places = [str(file), *(str(at) for at in (problem.line, problem.column) if at is not None)]
    return clean(":".join(places))


def _excerpt(text: str, column: int | None, width: int, symbols: Symbols) -> list[Text]:
    if column is None:
        return [line(" " * _INDENT, (cut(visible(text), width, symbols.ellipsis), "dim"))]
    before, after = visible(text[: column - 1]), visible(text[column - 1 :])
    # The offending word is what counts: it gets half the line, what leads to it the rest.
    before = cut_start(before, width - min(cells(after) + 1, width // 2), symbols.ellipsis)
    shown = before + cut(after, width - cells(before), symbols.ellipsis)
    return [
        line(" " * _INDENT, (shown, "dim")),
        line(" " * (_INDENT + cells(before)), ("^", _STYLES["error"])),
    ]
