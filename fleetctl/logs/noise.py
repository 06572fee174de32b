"""What a node prints that tells an operator nothing: Celery's banner, Python's import machinery."""

from __future__ import annotations

import re

NOISE = re.compile(
    rb"""\s*$                  # nothing
    | \s*[\^~]+\s*$           # a traceback's underlining
    | \s*File\ "<frozen\      # the import machinery in it
    | \s?-+\ [-*]+            # Celery's banner,
    | \s-{14}\               # and its headings
    | \s*\.>\                 # what it was told about itself
    """,
    re.VERBOSE,
)

BANNER = re.compile(rb"^ -{14} \S+ v\d", re.MULTILINE)
_OF_BANNER = re.compile(
    rb"^(?: ?-{14} |-[-*\s]*\*[-*\s]* |\s+\.> |\[tasks\]|  \. ).*$", re.MULTILINE
)


def without_noise(text: bytes) -> bytes:
    """What of a node's output says anything; empty if nothing does.

    A node that has printed its banner has come up: what it said before then was no obstacle.
    """
    if BANNER.search(text):
        text = text[max(found.end() for found in _OF_BANNER.finditer(text)) :]
    return b"\n".join(line for line in text.split(b"\n") if not NOISE.match(line))
