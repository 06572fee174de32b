"""An expected failure, in one line, and what to do about it in another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fleetctl.display.ink import line, page
from fleetctl.display.text import clean
from fleetctl.errors import FleetctlError

if TYPE_CHECKING:
    from rich.console import Group


def plain(error: FleetctlError) -> str:
    """``error: …`` and, where there is one, ``hint: …``; no newline at the end."""
    return "\n".join(f"{label}: {text}" for label, text in _parts(error))


def render(error: FleetctlError) -> Group:
    """The same with colours; it is left to the terminal to break long lines."""
    styles = {"error": "bold red", "hint": "bold cyan"}
    return page(line((f"{label}: ", styles[label]), text) for label, text in _parts(error))


def render_warning(message: str) -> Group:
    """A warning in one line."""
    return page([line(("warning: ", "bold yellow"), _lines(message))])


def _parts(error: FleetctlError) -> list[tuple[str, str]]:
    parts = [("error", _lines(error.message))]
    return [*parts, ("hint", _lines(error.hint))] if error.hint else parts


def _lines(text: str) -> str:
    """Its own line breaks are kept, further lines indented."""
    return "\n  ".join(clean(part) for part in text.splitlines())
