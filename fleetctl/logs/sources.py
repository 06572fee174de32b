"""The files a node logs to: its main process's, its pool children's, and what it prints beside."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from fleetctl.logs.forms import Forms

_CHILD = ("%i", "%I")
_PRINTED = ".output"


@dataclass(frozen=True, kw_only=True)
class LogFile:
    """One file of the node `label`. ``printed`` is what it printed beside its log."""

    label: str
    path: Path
    forms: Forms
    printed: bool = False


@dataclass(frozen=True, kw_only=True)
class NodeLogs:
    """Where a node's files are. ``main`` are its main process's logs, ``template`` a log with %i
    or %I in it, ``folder`` holds what its launches printed."""

    label: str
    main: tuple[Path, ...]
    template: str = ""
    folder: Path | None = None
    forms: Forms

    @property
    def has_children(self) -> bool:
        """Whether pool children have logs of their own."""
        return any(form in self.template for form in _CHILD)

    def files(self) -> list[LogFile]:
        """All there are now; the main ones even where they don't exist."""
        children = _children(self.template) if self.has_children else []
        paths = [*self.main, *(path for path in children if path not in self.main)]
        logs = [LogFile(label=self.label, path=path, forms=self.forms) for path in paths]
        printed = _printed(self.folder) if self.folder else []
        return logs + [
            LogFile(label=self.label, path=path, forms=self.forms, printed=True) for path in printed
        ]


def _children(template: str) -> list[Path]:
    """The logs of pool children (celery/utils/nodenames.py: ``%i`` and ``%I`` are their index)."""
    folder, name = os.path.split(template)
    pattern = re.compile(_pattern(name))
    try:
        names = os.listdir(folder)  # noqa: PTH208 - names are all it takes
    except OSError:
        return []
    return sorted((Path(folder, name) for name in names if pattern.fullmatch(name)), key=_by_number)


def _by_number(path: Path) -> list[tuple[int, str]]:
    return [(int(part) if part.isdigit() else -1, part) for part in re.split(r"(\d+)", path.name)]


def _pattern(name: str) -> str:
    meanings = {"i": r"\d+", "I": r"(?:-\d+)?", "%": "%"}
    parts = re.split("%([iI%])", name)
    return "".join(
        meanings[part] if number % 2 else re.escape(part) for number, part in enumerate(parts)
    )


def _printed(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == _PRINTED)
    except OSError:
        return []
