"""The little of the shell's language that service files are written in."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping

_VARIABLE = re.compile(
    r"\$(?:\{(?P<braced>[A-Za-z_]\w*)(?::?-(?P<default>[^}]*))?\}|(?P<plain>[A-Za-z_]\w*))"
)
_ASSIGNMENT = re.compile(r"^\s*(?:export\s+)?([A-Za-z_]\w*)=(.*)$", re.DOTALL)


def expanded(text: str, variables: Mapping[str, str]) -> str:
    """`text` with ``$NAME``, ``${NAME}`` and ``${NAME:-default}`` replaced where they are known."""

    def value(match: re.Match[str]) -> str:
        name = match["braced"] or match["plain"]
        if variables.get(name):
            return variables[name]
        return match["default"] if match["default"] is not None else match[0]

    return _VARIABLE.sub(value, text)


def utf8(word: str) -> str:
    """A word from outside, in whatever locale it came: fleet.yaml is UTF-8.

    Raises UnicodeDecodeError for bytes that are not.
    """
    return os.fsencode(word).decode("utf-8")


def words(text: str) -> list[str]:
    """The words of a command; a quote that isn't closed makes plain text of it."""
    try:
        return shlex.split(text, comments=False)
    except ValueError:
        return text.split()


def assignments(text: str) -> dict[str, str]:
    """The ``NAME=value`` lines of a file that a shell sources, or systemd's EnvironmentFile."""
    found: dict[str, str] = {}
    for line in _logical_lines(text):
        match = _ASSIGNMENT.match(line)
        if match is None:
            continue
        name, raw = match[1], match[2]
        literal = raw.lstrip().startswith("'")
        try:
            value = " ".join(shlex.split(raw, comments=True))
        except ValueError:
            value = raw.strip()
        found[name] = value if literal else expanded(value, found)
    return found


def commands(text: str) -> list[list[str]]:
    """The commands of one line: ``cd x && exec celery ...``, ``sh -c '...'``."""
    parts: list[list[str]] = [[]]
    for word in words(text):
        if word in ("&&", ";", "||", "|"):
            parts.append([])
        else:
            parts[-1].append(word)
    found: list[list[str]] = []
    for part in parts:
        shell = part and re.search(r"(^|/)(ba|da|z|)sh$", part[0])
        if shell and len(part) > 2 and re.fullmatch(r"-l?e?c", part[1]):
            found += commands(part[2])
        elif part:
            found.append(part)
    return found


def _logical_lines(text: str) -> list[str]:
    """Lines, with those joined that a backslash or an open quote leads on."""
    lines: list[str] = []
    pending = ""
    for line in text.splitlines():
        pending += line
        if pending.endswith("\\"):
            pending = pending[:-1]
            continue
        if _open_quote(pending):
            pending += "\n"
            continue
        lines.append(pending)
        pending = ""
    return [*lines, *pending.split("\n")] if pending else lines


def _open_quote(text: str) -> bool:
    if text.lstrip().startswith("#") or _ASSIGNMENT.match(text) is None:
        return False
    quote = ""
    for character in text:
        if quote:
            quote = "" if character == quote else quote
        elif character == "#":
            return False
        elif character in "\"'":
            quote = character
    return bool(quote)
