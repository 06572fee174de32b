"""A command in a pseudo-terminal, and what a person would see of it."""

from __future__ import annotations

import fcntl
import os
import select
import subprocess
import termios
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType

import pyte
from typing_extensions import Self

from tests.display.printing import resize

_PATIENCE = 60.0


class Terminal:
    """One command, its output drawn on a screen of so many columns and rows."""

    def __init__(
        self,
        command: list[str],
        *,
        folder: Path,
        environ: Mapping[str, str],
        columns: int = 80,
        rows: int = 50,
    ) -> None:
        self.raw = b""
        self._screen = pyte.HistoryScreen(columns, rows, history=1000)
        self._stream = pyte.ByteStream(self._screen)
        self._master, slave = os.openpty()
        resize(slave, rows, columns)
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env={**environ, "TERM": "xterm-256color"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=_take_terminal,  # noqa: PLW1509 - no thread of ours runs
        )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        os.close(self._master)

    def text(self) -> str:
        """The lines on the screen, up to the last that isn't empty."""
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip()

    def rows(self) -> list[list[pyte.screens.Char]]:
        """The same lines, each character with its colours."""
        count = len(self.text().splitlines())
        columns = range(self._screen.columns)
        return [[self._screen.buffer[row][column] for column in columns] for row in range(count)]

    def wait(self) -> int:
        """Read to the command's end; its exit code."""
        deadline = time.monotonic() + _PATIENCE
        while self.read(0.05) or self._process.poll() is None:
            assert time.monotonic() < deadline, self.text()
        return self._process.wait()

    def until(self, condition: Callable[[str], bool]) -> str:
        """Read until what is on the screen is so; the screen."""
        deadline = time.monotonic() + _PATIENCE
        while not condition(self.text()):
            assert time.monotonic() < deadline, self.text()
            self.read(0.05)
        return self.text()

    def send(self, text: str) -> None:
        """As if it were typed."""
        os.write(self._master, text.encode())

    def read(self, seconds: float) -> bool:
        """Take in what comes within `seconds`; whether there was anything."""
        if not select.select([self._master], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError:  # EIO: nobody has the other end open any more
            return False
        self.raw += data
        self._stream.feed(data)
        return bool(data)


def _take_terminal() -> None:
    """Be the program that this terminal's ^C and job control are for."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
