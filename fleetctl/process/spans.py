"""How long, in the few words that fit into a sentence."""

from __future__ import annotations


def span(seconds: float) -> str:
    """``4 s``, ``3 m``, ``5 h``, ``2 d``: the largest unit that fits, rounded down."""
    for length, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= length:
            return f"{int(seconds // length)} {unit}"
    return f"{max(0, int(seconds))} s"
