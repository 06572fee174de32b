"""A record on its way: its text as the file has it, how long it may be, what levels weigh."""

from __future__ import annotations

from collections.abc import Mapping

LEVELS: Mapping[str, int] = {
    "TRACE": 5,
    "DEBUG": 10,
    "INFO": 20,
    "NOTICE": 25,
    "WARN": 30,
    "WARNING": 30,
    "ERROR": 40,
    "EXCEPTION": 40,
    "CRITICAL": 50,
    "FATAL": 50,
}
"""Level names, in the order of their weight as Python's logging has it."""

INFO = LEVELS["INFO"]
ERROR = LEVELS["ERROR"]

LIMIT = 256 << 10
"""Bytes kept of one record; the rest is left out, and said to be."""

TRACEBACK = "Traceback (most recent call last)"

Entry = tuple[float, str, bytes]
"""A record on its way to the screen: epoch seconds, whose it is, its text as the file has it.

A plain tuple, and bytes: a hundred thousand a second pass by. Text that begins with a line feed
goes on with the record before.
"""


def cut_short(text: bytes, dropped: int = 0) -> bytes:
    """`text` within the limit, its end given up for a line that says so."""
    dropped += max(0, len(text) - LIMIT)
    if not dropped:
        return text
    return text[:LIMIT] + b"\n[... %d bytes left out ...]" % dropped


def decoded(text: bytes) -> str:
    """Text from a file of any encoding: UTF-8 where it is, else the bytes spelled out."""
    return text.decode("utf-8", "backslashreplace")
