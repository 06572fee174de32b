"""The stream that is written to: its size, its colours, and the characters it can show."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import IO, TYPE_CHECKING, TextIO, cast

from fleetctl.display.symbols import Symbols, symbols_for

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

NARROWEST = 40
UNBOUNDED = 1000
"""The width of a pipe or file, where nobody sees an edge: nothing is cut."""


def console(stream: TextIO, environ: Mapping[str, str]) -> Console:
    """A console on `stream` that never fails on a character and interprets nothing in its text.

    NO_COLOR turns colours off, FORCE_COLOR on where nobody watches; TERM=dumb has none.
    """
    from rich.console import Console

    class Passing(Console):
        """Leaves it to whoever writes what a reader that has gone means; rich would exit with 1."""

        def on_broken_pipe(self) -> None:
            raise  # noqa: PLE0704 - called while it is handled

    width, height = size(stream, environ)
    return Passing(
        file=cast("IO[str]", Tolerant(stream)),
        force_terminal=_isatty(stream),
        force_jupyter=False,
        color_system="standard" if coloured(stream, environ) else None,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
        soft_wrap=False,
        width=width,
        height=height,
    )


def write(console: Console, drawn: RenderableType) -> None:
    """Print what this package drew. Its lines have been measured: rich neither breaks nor crops.

    What is longer than the terminal is wide (a path in an error) the terminal breaks, so that it
    can be copied in one piece.
    """
    console.print(drawn, soft_wrap=True)


def symbols(stream: TextIO, environ: Mapping[str, str]) -> Symbols:
    """The signs that `stream` can show, and the locale in `environ` allows.

    Python itself goes on in UTF-8 where somebody has asked for the C locale (PEP 540).
    """
    plain = environ.get("LC_ALL") in ("C", "POSIX")
    return symbols_for("ascii" if plain else stream.encoding)


def interactive(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether lines already written can be written anew: a terminal, and not a dumb one."""
    return _isatty(stream) and not _dumb(environ)


def size(stream: TextIO, environ: Mapping[str, str]) -> tuple[int, int]:
    """Columns and rows, as they are now; COLUMNS wins. Never narrower than 40."""
    columns, rows = UNBOUNDED, UNBOUNDED
    if _isatty(stream):
        columns, rows = _asked(stream)
    told = environ.get("COLUMNS", "")
    if told.isdecimal() and int(told):
        columns = int(told)
    return max(columns, NARROWEST), rows


def _asked(stream: TextIO) -> tuple[int, int]:
    # A pseudo-terminal nobody has sized says 0 x 0.
    try:
        columns, rows = os.get_terminal_size(stream.fileno())
    except OSError:
        return 80, 24
    return columns or 80, rows or 24


def _isatty(stream: TextIO) -> bool:
    return not stream.closed and stream.isatty()


def _dumb(environ: Mapping[str, str]) -> bool:
    return environ.get("TERM", "").lower() in ("dumb", "unknown")


def coloured(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether to write colours: to a terminal that has them, unless a variable says otherwise."""
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return interactive(stream, environ)


class Tolerant:
    """A text stream that writes ``?`` for what its encoding lacks, lone surrogates among it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        encoding = self._stream.encoding or "utf-8"
        return self._stream.write(text.encode(encoding, "replace").decode(encoding))

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)
