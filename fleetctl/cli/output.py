"""Where the commands write: data on stdout, everything else on stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from fleetctl.cli.manner import MANNER, surroundings
from fleetctl.errors import FleetctlError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from fleetctl.display.symbols import Symbols
    from fleetctl.fleet.model import Problem


@contextmanager
def enduring() -> Iterator[None]:
    """What is begun is brought to its end, though nobody may be listening any more.

    A reader that has gone (``| head``), a terminal that was closed: from then on, silence.
    """
    try:
        yield
    except OSError:
        silence()


@contextmanager
def writing() -> Iterator[None]:
    """The output, out at once; a disk that is full where it goes is an error like any other."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        silence()
        raise FleetctlError(f"cannot write the output: {error.strerror}") from error


def silence() -> None:
    """Write what is still to be written to nowhere: Python would complain of it at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def write(renderable: RenderableType, stream: TextIO) -> None:
    """Rendered text, in the stream's width and colours."""
    from fleetctl.display.terminal import console

    with writing():
        console(stream, surroundings()).print(renderable, soft_wrap=True)


def write_text(text: str) -> None:
    """Plain text on stdout, whatever its encoding lacks."""
    from fleetctl.display.terminal import Tolerant

    with writing():
        Tolerant(sys.stdout).write(text + "\n")


def write_bytes(data: bytes) -> None:
    """Bytes on stdout as they are, at once."""
    with writing():
        sys.stdout.buffer.write(data)


def write_json(document: dict[str, Any]) -> None:
    """One JSON document on stdout: ASCII only, so that it survives every locale."""
    with writing():
        sys.stdout.write(json.dumps(document, indent=2) + "\n")


def write_json_line(document: dict[str, Any]) -> None:
    """One JSON document in one line, at once: for a stream of them."""
    with writing():
        sys.stdout.write(json.dumps(document) + "\n")


def complain(error: FleetctlError) -> None:
    """An error and its hint, on stderr."""
    from fleetctl.display.errors import render

    write(render(error, width=geometry(sys.stderr)[0]), sys.stderr)


def warn(message: str) -> None:
    """A warning, on stderr, unless only failures shall be told."""
    if MANNER.quiet:
        return
    from fleetctl.display.errors import render_warning

    write(render_warning(message, width=geometry(sys.stderr)[0]), sys.stderr)


def note(message: str, *, trouble: bool = False) -> None:
    """Something to know, on stderr; unless only failures shall be told, and it is none."""
    if MANNER.quiet and not trouble:
        return
    from fleetctl.display.errors import render_note
    from fleetctl.display.terminal import Tolerant

    shown = render_note(message, width=geometry(sys.stderr)[0])
    Tolerant(sys.stderr).write(shown + "\n")


def show_problems(problems: Sequence[Problem], stream: TextIO) -> None:
    """What is wrong in fleet.yaml, paths as seen from here."""
    from fleetctl.display.problems import render

    width, signs = geometry(stream)
    write(render(problems, width=width, symbols=signs, folder=Path.cwd()), stream)


def geometry(stream: TextIO) -> tuple[int, Symbols]:
    """How wide the stream is, and the signs it can show."""
    from fleetctl.display.terminal import size, symbols

    return size(stream, surroundings())[0], symbols(stream, surroundings())
