"""A text with its settings upgraded, and what was said of it."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

from fleetctl.settings.model import Context, Note, Outcome
from fleetctl.settings.syntax.source import edited
from fleetctl.settings.upgrade import apply


def outcome(text: str, **known: Any) -> Outcome:
    """What is decided of a file; it is called celeryconfig.py unless told otherwise."""
    return apply(dedent(text), Context(**{"name": "celeryconfig", **known}))


def upgraded(text: str, **known: Any) -> str:
    """The file's new text, of which a second upgrade must change nothing."""
    after = edited(dedent(text), outcome(text, **known).edits)
    assert edited(after, outcome(after, **known).edits) == after, "it isn't idempotent"
    return after


def notes(text: str, **known: Any) -> tuple[Note, ...]:
    """What is said of a file."""
    return outcome(text, **known).notes


def said(text: str, **known: Any) -> str:
    """What is said of a file, in one text."""
    return "\n".join(
        f"{note.kind}: {' '.join(place.name for place in note.places)}: {note.reason}"
        for note in notes(text, **known)
    )
