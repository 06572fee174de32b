"""Collects what is wrong with a fleet file, each problem at its place in the text."""

from __future__ import annotations

from typing import Literal

from fleetctl.fleet.document import Document
from fleetctl.fleet.masking import blot, mask_argument
from fleetctl.fleet.model import Problem
from fleetctl.fleet.tree import Trail, dotted

#: Nobody reads further, and a file of nothing but mistakes would take minutes.
MOST = 200

At = Literal["value", "key"]


class Complaints:
    """Problems of one document, addressed by the path to the value."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = []
        self._said: set[Problem] = set()

    @property
    def fatal(self) -> bool:
        """Whether any of them is an error."""
        return any(problem.severity == "error" for problem in self.problems)

    @property
    def full(self) -> bool:
        """Whether there are so many that no more are taken."""
        return len(self.problems) >= MOST

    def error(self, trail: Trail, message: str, hint: str | None = None, at: At = "value") -> None:
        """An error about the value at `trail`; its dotted name goes before the message."""
        self._add("error", trail, message, hint, at)

    def warn(self, trail: Trail, message: str, hint: str | None = None, at: At = "value") -> None:
        """As `error`, of something that works but surely isn't what is wanted."""
        self._add("warning", trail, message, hint, at)

    def _add(
        self,
        severity: Literal["error", "warning"],
        trail: Trail,
        message: str,
        hint: str | None,
        at: At,
    ) -> None:
        if self.full:
            return
        entry = self.document.entry(trail)
        place = (entry.key if at == "key" else entry.value) if entry else None
        name = dotted(self.document.written(trail))
        problem = Problem(
            severity=severity,
            message=mask_argument(f"{name}: {message}" if name else message),
            file=self.document.path,
            line=place.line if place else None,
            column=place.column if place else None,
            text=blot(self.document.lines[place.line - 1]) if place else None,
            hint=hint,
        )
        if problem not in self._said:
            self._said.add(problem)
            self.problems.append(problem)
