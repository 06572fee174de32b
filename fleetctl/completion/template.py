"""A script's own part, a file beside this one, with the tables of the tree filled in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

_SCRIPTS = Path(__file__).parent / "scripts"


def filled(name: str, **tables: Sequence[str]) -> str:
    """The script `name` with each ``#TABLE#`` line replaced by these lines."""
    lines: list[str] = []
    for line in (_SCRIPTS / name).read_text(encoding="utf-8").splitlines():
        mark = line.strip().strip("#")
        if line.strip() == f"#{mark}#" and mark in tables:
            lines.extend(tables[mark])
        else:
            lines.append(line)
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    """`text` as one word of a POSIX shell."""
    return "'" + text.replace("'", "'\\''") + "'"
