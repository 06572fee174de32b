"""`logs` for a pipe or a file: every line as the log has it, behind the name of its node."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from fleetctl.logs.record import Entry, decoded

_CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")


class PlainLog:
    """Turns entries into bytes, fast: what is plain ASCII already passes as it is.

    `prefixed` is whether each line bears its node's name; `names` are those that may come, for the
    width of the column.
    """

    def __init__(self, names: Collection[str], *, prefixed: bool = True) -> None:
        self._width = max(map(len, names), default=0)
        self._prefixed = prefixed
        self._prefixes: dict[str, bytes] = {}

    def render(self, entries: Sequence[Entry]) -> bytes:
        """Whole lines; nothing in them that a terminal would obey."""
        prefixes = self._prefixes
        for name in {entry[1] for entry in entries}.difference(prefixes):
            prefixes[name] = self._prefix(name)
        lines = [
            _lines(text, prefixes[name]) if b"\n" in text else prefixes[name] + text
            for _, name, text in entries
        ]
        lines.append(b"")
        page = b"\n".join(lines)
        return page if page.isascii() and not _CONTROL.search(page) else harmless(page)

    def _prefix(self, name: str) -> bytes:
        return f"{name:{self._width}} | ".encode() if self._prefixed else b""


def raw(entries: Sequence[Entry]) -> bytes:
    """The records as the files have them, byte by byte."""
    return b"\n".join([*(text.removeprefix(b"\n") for _, _, text in entries), b""])


def harmless(page: bytes) -> bytes:
    """Lines without anything that a terminal would obey; tabs stay."""
    from fleetctl.display.text import clean

    texts = (decoded(line.removesuffix(b"\r")) for line in page.split(b"\n"))
    return "\n".join(
        text if text.isprintable() else "\t".join(map(clean, text.split("\t"))) for text in texts
    ).encode()


def _lines(text: bytes, prefix: bytes) -> bytes:
    return prefix + text.strip(b"\n").replace(b"\n", b"\n" + prefix)
