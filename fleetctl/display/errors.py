"""An expected failure, and what to do about it in a line of its own."""

from __future__ import annotations

from itertools import chain, repeat
from typing import TYPE_CHECKING

from fleetctl.display.ink import flowing, page
from fleetctl.display.text import clean, flow
from fleetctl.errors import FleetctlError

if TYPE_CHECKING:
    from rich.console import Group
    from rich.text import Text

_INDENT = 2
_STYLES = {"error": "bold red", "hint": "bold cyan", "warning": "bold yellow"}


def plain(error: FleetctlError) -> str:
    """``error: …`` and, where there is one, ``hint: …``; no newline at the end."""
    return "\n".join(
        f"{label}: " + ("\n" + " " * _INDENT).join(map(clean, text.splitlines()))
        for label, text in _parts(error)
    )


def render(error: FleetctlError, *, width: int) -> Group:
    """The same with colours and in lines of `width` cells; no word of it is broken."""
    return page(part for label, text in _parts(error) for part in _labelled(label, text, width))


def render_warning(message: str, *, width: int) -> Group:
    """A warning, in the same way."""
    return page(_labelled("warning", message, width))


def render_note(message: str, *, width: int) -> str:
    """Something to know, in lines of `width` cells; each line of its own keeps its indent."""
    lines = []
    for text in map(clean, message.splitlines()):
        indent = len(text) - len(text.lstrip()) + _INDENT
        first, *rest = flow(text, width, width - indent)
        lines += [first, *(" " * indent + part for part in rest)]
    return "\n".join(lines)


def _parts(error: FleetctlError) -> list[tuple[str, str]]:
    parts = [("error", error.message)]
    return [*parts, ("hint", error.hint)] if error.hint else parts


def _labelled(label: str, text: str, width: int) -> list[Text]:
    """Its own line breaks are kept, all lines but the first indented."""
    starts = chain([(f"{label}: ", _STYLES[label])], repeat((" " * _INDENT, "")))
    return [
        text
        for start, part in zip(starts, text.splitlines() or [""], strict=False)
        for text in flowing([start], part, indent=_INDENT, width=width)
    ]
