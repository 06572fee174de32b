"""How this run of the program speaks: in which colours, and how much.

Set by the options that every command has; read by whatever writes.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(slots=True)
class Manner:
    """`color` is ``auto``, ``always`` or ``never``; `quiet` leaves only what went wrong."""

    color: str = "auto"
    quiet: bool = False
    verbose: bool = False


MANNER = Manner()


def surroundings() -> Mapping[str, str]:
    """The environment as `fleetctl.display` shall see it: ``--color`` beats its variables.

    Never that of a node: what the caller says to us isn't meant for them.
    """
    if MANNER.color == "auto":
        return os.environ
    ours = {name: value for name, value in os.environ.items() if name not in _COLOUR_VARIABLES}
    return {**ours, ("FORCE_COLOR" if MANNER.color == "always" else "NO_COLOR"): "1"}


_COLOUR_VARIABLES = ("NO_COLOR", "FORCE_COLOR")
