"""The colours of a log on a terminal: a node's own, a level's, a traceback's."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence

DIM = "2"
_BOLD_RED = "1;31"

#: Neither red nor yellow: these are levels'.
_NODES = ("36", "32", "35", "34", "96", "92", "95", "94")

_LIBRARIES = (
    "/site-packages/", "/dist-packages/", "/lib/python", "<frozen ", "/fleetctl/runtime/",
)  # fmt: skip
_BETWEEN = ("Traceback ", "During handling of the above", "The above exception was")

_LEVELS = {
    "TRACE": ("TRACE", DIM),
    "DEBUG": ("DEBUG", DIM),
    "INFO": ("INFO", ""),
    "NOTICE": ("NOTE", ""),
    "WARN": ("WARN", "33"),
    "WARNING": ("WARN", "33"),
    "ERROR": ("ERROR", "31"),
    "EXCEPTION": ("ERROR", "31"),
    "CRITICAL": ("CRIT", _BOLD_RED),
    "FATAL": ("FATAL", _BOLD_RED),
}


def by_node(names: Iterable[str]) -> Mapping[str, str]:
    """A colour for each of a fleet's nodes: by its name, so that it is the same every day.

    While there are colours left, no two nodes share one.
    """
    chosen: dict[str, str] = {}
    free = set(_NODES)
    for name in names:
        begin = zlib.crc32(name.encode()) % len(_NODES)
        order = (*_NODES[begin:], *_NODES[:begin])
        chosen[name] = next((each for each in order if each in free), order[0])
        free.discard(chosen[name])
    return chosen


def level(name: str) -> tuple[str, str]:
    """Its short word, and its colour."""
    return _LEVELS.get(name, (name[:5], ""))


def painted(text: str, colour: str) -> str:
    """`text` in a colour, and nothing of it left behind."""
    return f"\x1b[{colour}m{text}\x1b[0m" if colour and text else text


def of_traceback(lines: Sequence[str]) -> list[str]:
    """The colours of its lines: what was raised stands out, library code steps back."""
    colours, frame = [], ""
    for line in lines:
        bare = line.lstrip(" |+")
        if bare.startswith("File "):
            frame = DIM if any(folder in line for folder in _LIBRARIES) else ""
        if line.startswith(_BETWEEN) or not bare.strip("^~ "):
            colours.append(DIM)
        else:
            colours.append(frame if line[0] in " |+" else _BOLD_RED)
    return colours
