"""Texts that are checked in: what the program says, or is made of, compared with a file."""

from __future__ import annotations

import os
from pathlib import Path


def golden(path: Path, text: str) -> str:
    """What the file at `path` holds; GOLDEN=write makes it hold `text`."""
    if os.environ.get("GOLDEN") == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return path.read_text(encoding="utf-8")
