"""What a rule says of a container: give its names new ones, leave them, or not Celery's at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Upgrade:
    """To lowercase names, or to those of a namespace."""

    namespace: str | None = None


@dataclass(frozen=True, slots=True)
class Leave:
    """As they are, and say why and what to do instead."""

    reason: str
    advice: str = ""
    kind: Literal["left", "person"] = "left"


@dataclass(frozen=True, slots=True)
class Ignore:
    """Nothing to do and nothing to say."""


Verdict = Upgrade | Leave | Ignore


def picked(reason: str) -> Leave:
    """Where another file takes the names in a way that can't follow; `reason` says which."""
    return Leave(reason, "rename them by hand, together with that file", "person")
