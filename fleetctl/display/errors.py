"""An expected failure, and what to do about it in a line of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fleetctl.display.ink import line, page
from fleetctl.display.text import cells, clean, flow
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
    start = (f"{label}: ", _STYLES[label])
    folded: list[str] = []
    for number, part in enumerate(text.splitlines() or [""]):
        room = width - (_INDENT if number else cells(start[0]))
        folded += flow(clean(part), room, width - _INDENT)
    return [line(start, folded[0]), *(line(" " * _INDENT, part) for part in folded[1:])]
