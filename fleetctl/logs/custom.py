"""From a `worker_log_format` to the pattern of the headers it makes."""

from __future__ import annotations

import re

from fleetctl.logs.record import LEVELS
from fleetctl.logs.stamps import STAMP

_FIELD = re.compile(r"%%|%\((\w+)\)([-#0 +]*)(\d*)(?:\.\d+)?[a-zA-Z]")
_LEVEL = "|".join(sorted(LEVELS, key=len, reverse=True)).encode()

_PATTERNS = {
    "asctime": (b"time", STAMP),
    "created": (b"time", rb"\d{9,11}(?:\.\d+)?"),
    "levelname": (b"level", rb"(?:" + _LEVEL + rb")"),
    "processName": (b"process", rb"[^\n]*?"),
    "task_id": (b"task_id", rb"\S+?"),
    "task_name": (b"task_name", rb"\S+?"),
}
_NUMBERS = frozenset({"process", "thread", "lineno", "msecs", "levelno", "relativeCreated"})
#: Without one of these a header is like any other text.
_TELLING = frozenset({"asctime", "created", "levelname"})


def patterns(text: str) -> tuple[bytes, bytes] | None:
    """What records of this format begin with: to find them (its only group, the time), and with
    named groups to take them apart. None where nothing in it tells a record from other lines.
    """
    header, message, _ = text.partition("%(message)")
    fields = [found.group(1) for found in _FIELD.finditer(header)]
    if not message or _TELLING.isdisjoint(fields):
        return None
    return _pattern(header, named=False), _pattern(header, named=True)


def _pattern(header: str, *, named: bool) -> bytes:
    made, end = b"", 0
    used: set[bytes] = set()
    for found in _FIELD.finditer(header):
        made += re.escape(header[end : found.start()].encode())
        end = found.end()
        name, width = found.group(1), found.group(3)
        if name is None:
            made += b"%"
            continue
        group, pattern = _PATTERNS.get(name, (b"", rb"[\d.]+" if name in _NUMBERS else rb"[^\n]*?"))
        pad = rb" *" if width else b""
        made += pad + _group(b"" if group in used else group, named=named) + pattern + b")" + pad
        used.add(group)
    return made + re.escape(header[end:].encode())


def _group(name: bytes, *, named: bool) -> bytes:
    if named and name:
        return rb"(?P<" + name + rb">"
    return rb"(" if name == b"time" else rb"(?:"
