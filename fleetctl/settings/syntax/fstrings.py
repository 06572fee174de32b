"""Where names stand inside f-strings on Pythons whose syntax tree doesn't say it (before 3.12).

There the fields of an f-string are parsed apart and their positions are often wrong
(https://github.com/python/cpython/issues/94869), so each is found in the text and parsed again.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

_STRING = re.compile(
    r"""(?P<prefix>[A-Za-z]{0,2})(?P<quote>'''|\"\"\"|'|\")"""
    r"""(?P<body>(?:\\.|(?!(?P=quote)).)*)(?P=quote)""",
    re.DOTALL,
)
_STRING_OR_COMMENT = re.compile(rf"#[^\r\n]*|{_STRING.pattern}", re.DOTALL)
_OPENING, _CLOSING = "([{", ")]}"


def relocate(node: ast.JoinedStr, start: int, end: int, text: str) -> dict[ast.AST, int]:
    """The index in `text` of each node inside the f-string that stands from `start` to `end`.

    Empty where it can't be told.
    """
    places = list(_fields(text, start, end))
    values = list(_formatted(node))
    if len(places) != len(values):
        return {}
    located: dict[ast.AST, int] = {}
    for value, (first, last) in zip(values, places, strict=True):
        located.update(_locate(value.value, text[first:last], first))
    return located


def _formatted(node: ast.JoinedStr) -> Iterator[ast.FormattedValue]:
    for value in node.values:
        if isinstance(value, ast.FormattedValue):
            yield value
            if isinstance(value.format_spec, ast.JoinedStr):
                yield from _formatted(value.format_spec)


def _locate(value: ast.expr, expression: str, start: int) -> dict[ast.AST, int]:
    from fleetctl.settings.syntax.source import Lines

    if isinstance(value, ast.Name) and expression == value.id:
        return {value: start}
    try:
        again = ast.parse(f"({expression})", mode="eval").body
    except (SyntaxError, ValueError):
        return {}
    lines = Lines(f"({expression})")
    located: dict[ast.AST, int] = {}
    for old, new in zip(ast.walk(value), ast.walk(again), strict=False):
        if type(old) is not type(new):
            return {}
        if hasattr(new, "lineno") and hasattr(new, "col_offset"):
            located[old] = start + lines.offset(new.lineno, new.col_offset) - 1
    return located


def _fields(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Where the expressions stand in the strings, one after the other, of ``f"{a}" "b" f"{c}"``."""
    at = start
    while found := _STRING_OR_COMMENT.search(text, at, end):
        if "f" in (found["prefix"] or "").lower():
            yield from _replacements(text, found.start("body"), found.end("body"))
        at = found.end()


def _replacements(text: str, at: int, end: int) -> Iterator[tuple[int, int]]:
    while at < end:
        if text[at : at + 2] in ("{{", "}}"):
            at += 2
        elif text[at] == "{":
            stop = _expression_end(text, at + 1, end)
            yield at + 1, stop
            close = _field_end(text, stop, end)
            colon = text.find(":", stop, close)
            if colon >= 0 and text[stop:colon] in ("", "!r", "!s", "!a", "="):
                yield from _replacements(text, colon + 1, close)
            at = close + 1
        else:
            at += 1


def _expression_end(text: str, at: int, end: int) -> int:
    """Before the ``!r``, ``:spec``, ``=`` or ``}`` that follows the expression."""
    depth = 0
    while at < end:
        character = text[at]
        if character in "'\"":
            found = _STRING.match(text, at, end)
            at = found.end() if found else end
            continue
        if depth == 0 and _ends_expression(text, at):
            return at
        depth += (character in _OPENING) - (character in _CLOSING)
        at += 1
    return end


def _ends_expression(text: str, at: int) -> bool:
    if text[at] in ":}":
        return True
    if text[at] == "!":
        return text[at + 1] != "="
    return text[at] == "=" and text[at + 1] not in "=" and text[at - 1] not in "=!<>"


def _field_end(text: str, at: int, end: int) -> int:
    depth = 0
    while at < end:
        if text[at] == "}" and depth == 0:
            return at
        depth += (text[at] == "{") - (text[at] == "}")
        at += 1
    return end
