"""What an upgrade of settings changes in a file, as a unified diff."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from fleetctl.display.ink import line, page
from fleetctl.display.text import visible

if TYPE_CHECKING:
    from rich.console import Group

_STYLES = {"+++": "bold", "---": "bold", "@@ ": "cyan"}
_ADDED, _REMOVED = "green", "red"
_LINES = re.compile(rb"[^\n]*\n|[^\n]+")
_NO_NEWLINE = b"\n\\ No newline at end of file\n"
_LINE_END = re.compile(r"(?<=\n)|(?<=\r)(?!\n)")


def render(name: str, before: str, after: str) -> Group:
    """The diff in colours, ready for a terminal: nothing in it is interpreted."""
    return page(line((visible(text), _style(text))) for text in _lines(name, before, after))


def plain(name: str, before: str, after: str) -> str:
    """The diff as text."""
    return "\n".join(map(visible, _lines(name, before, after)))


def raw(name: str, before: bytes, after: bytes) -> bytes:
    """The diff byte by byte, as ``patch -p1`` and ``git apply`` take it."""
    old, new = _LINES.findall(before), _LINES.findall(after)
    # As git has it: one leaves out one folder, and what remains begins in the root.
    path = name.lstrip("/")
    names = f"a/{path}".encode(), f"b/{path}".encode()
    lines = difflib.diff_bytes(difflib.unified_diff, old, new, *names)
    return b"".join(each if each.endswith(b"\n") else each + _NO_NEWLINE for each in lines)


def _lines(name: str, before: str, after: str) -> Iterator[str]:
    old, new = _split(before), _split(after)
    for text in difflib.unified_diff(old, new, name, name):
        yield text.rstrip("\r\n")


def _split(text: str) -> list[str]:
    """Its lines as Python and every editor have them; `str.splitlines` knows more ends."""
    return [part for part in _LINE_END.split(text) if part]


def _style(text: str) -> str:
    if text[:3] in _STYLES:
        return _STYLES[text[:3]]
    return {"+": _ADDED, "-": _REMOVED}.get(text[:1], "")
