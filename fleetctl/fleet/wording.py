"""How a value is shown in a message: as it is written, and as YAML took it where that differs."""

from __future__ import annotations

from typing import Any

from fleetctl.fleet.document import Document
from fleetctl.fleet.tree import Trail

_LONGEST = 40
_BOOLEANS = {True: "true", False: "false"}


def shown(value: Any, trail: Trail, document: Document) -> str:
    """The value at `trail` for the end of "expected ..., not ..."."""
    if isinstance(value, dict):
        return "a map"
    if isinstance(value, list):
        return "a list"
    source = document.source(trail)
    text = _shortened(str(value) if source is None else source)
    if isinstance(value, bool):
        meaning = _BOOLEANS[value]
        return text if text.lower() == meaning else f"{text} (YAML reads it as {meaning})"
    if value is None:
        return "nothing" if not text else f"{text} (YAML reads it as nothing)"
    if quoted(trail, document):
        return f'"{text}" (text, as it is in quotes)'
    return text if text.strip() else f'"{text}"'


def quoted(trail: Trail, document: Document) -> bool:
    """Whether the value at `trail` has quotes round it."""
    entry = document.entries.get(document.written(trail))
    return entry is not None and entry.quoted


def _shortened(text: str) -> str:
    text = text.replace("\n", " ")
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
