"""What a stream receives when something is drawn on it, and the texts it is compared with."""

from __future__ import annotations

import fcntl
import io
import struct
import termios
from pathlib import Path

from rich.console import RenderableType

from fleetctl.display import terminal
from fleetctl.display.symbols import Symbols, symbols_for
from tests.support.golden import golden as compared

_GOLDEN = Path(__file__).parent / "golden"


def drawn(
    renderable: RenderableType, width: int = 80, *, colour: bool = False, encoding: str = "utf-8"
) -> str:
    """The text written to a file of this encoding, by a console of this width."""
    octets = io.BytesIO()
    stream = io.TextIOWrapper(octets, encoding=encoding, newline="")
    environ = {"COLUMNS": str(width), "FORCE_COLOR": "1" if colour else ""}
    terminal.write(terminal.console(stream, environ), renderable)
    stream.flush()
    return octets.getvalue().decode(encoding)


def signs(encoding: str = "utf-8") -> Symbols:
    """The symbols of a stream of this encoding."""
    return symbols_for(encoding)


def golden(name: str, text: str) -> str:
    """What tests/display/golden/NAME holds; GOLDEN=write makes it hold `text`."""
    return compared(_GOLDEN / name, text)


def resize(descriptor: int, rows: int, columns: int) -> None:
    """Give a pseudo-terminal this size."""
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
