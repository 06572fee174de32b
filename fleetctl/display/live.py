"""Drawing anew in place, when told to: the live board, and a table that is watched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

from fleetctl.display.board import Board
from fleetctl.display.symbols import Symbols
from fleetctl.display.terminal import console, size, symbols, write

if TYPE_CHECKING:
    from rich.console import RenderableType
    from typing_extensions import Self

Draw = Callable[[int, int, Symbols], "RenderableType"]
"""Draws within so many columns and rows, with these symbols."""


class LiveArea:
    """The lower part of a terminal between ``with`` and its end; on leaving it is empty again.

    It has no clock and no thread: `show` draws, as often as its caller likes. The cursor comes
    back however the block is left.
    """

    def __init__(self, stream: TextIO, environ: Mapping[str, str]) -> None:
        from rich.live import Live

        self._stream = stream
        self._environ = environ
        self._symbols = symbols(stream, environ)
        self._console = console(stream, environ)
        self._live = Live(
            console=self._console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            vertical_overflow="crop",
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def show(self, draw: Draw) -> None:
        """Replace what was shown, in the terminal's present size."""
        width, height = size(self._stream, self._environ)
        self._console.size = (width, height)
        # One line stays free: an area as high as the terminal would scroll it.
        self._live.update(draw(width, height - 1, self._symbols), refresh=True)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Drawn once more while it closes, uncropped: what is too high would be left behind.
        self._live.update("")
        self._live.stop()

    def leave_behind(self, draw: Draw) -> None:
        """Write what stays on the screen, once the area is closed; it may scroll."""
        width, height = size(self._stream, self._environ)
        write(self._console, draw(width, height, self._symbols))


class LiveBoard:
    """A board in a live area; when the area closes, the board's last word stays on the screen."""

    def __init__(self, board: Board, stream: TextIO, environ: Mapping[str, str]) -> None:
        self._board = board
        self._area = LiveArea(stream, environ)
        self._now = 0.0

    def __enter__(self) -> Self:
        self._area.__enter__()
        return self

    def show(self, now: float) -> None:
        """Draw the board as it stands at `now` (monotonic)."""
        self._now = now
        self._area.show(lambda width, rows, signs: self._board.render(now, width, signs, rows))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._area.__exit__(kind, error, trace)
        self._area.leave_behind(
            lambda width, _rows, signs: self._board.final(self._now, width, signs)
        )
