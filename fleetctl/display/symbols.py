"""The vocabulary of signs: one meaning a sign, and an ASCII twin where the stream can't show it."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, kw_only=True, slots=True)
class Symbols:
    """Signs of one cell each, but for the ellipsis of ASCII, which takes three."""

    ready: str
    moving: str
    stopped: str
    failed: str
    warn: str
    foreign: str
    done: str
    ellipsis: str
    times: str
    dot: str
    bar: str


UNICODE = Symbols(
    ready="●",
    moving="◐",
    stopped="○",
    failed="✖",
    warn="!",
    foreign="?",
    done="✔",
    ellipsis="…",
    times="×",  # noqa: RUF001
    dot="·",
    bar="│",
)

ASCII = Symbols(
    ready="*",
    moving="~",
    stopped="o",
    failed="x",
    warn="!",
    foreign="?",
    done="+",
    ellipsis="...",
    times="x",
    dot="|",
    bar="|",
)


def symbols_for(encoding: str | None) -> Symbols:
    """The signs that a stream of this encoding can show, all of them or none."""
    wanted = "".join(getattr(UNICODE, field.name) for field in fields(UNICODE))
    try:
        wanted.encode(encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return UNICODE
