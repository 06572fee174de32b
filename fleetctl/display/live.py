"""The board on a terminal: drawn when told to, in place, and gone when the operation is over."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

from fleetctl.display.board import Board
from fleetctl.display.terminal import console, size, symbols, write

if TYPE_CHECKING:
    from rich.console import RenderableType
    from typing_extensions import Self


class LiveBoard:
    """Owns the lower part of a terminal between ``with`` and its end.

    It has no clock and no thread: it is drawn by `show`, as often as its caller likes. On leaving,
    by an exception or not, the cursor is back and the board's last word stands on the screen.
    """

    def __init__(self, board: Board, stream: TextIO, environ: Mapping[str, str]) -> None:
        from rich.live import Live

        self._board = board
        self._stream = stream
        self._environ = environ
        self._symbols = symbols(stream)
        self._console = console(stream, environ)
        self._now = 0.0
        self._live = Live(
            console=self._console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def show(self, now: float) -> None:
        """Draw the board as it stands at `now`, in the terminal's present size."""
        self._now = now
        width, height = size(self._stream, self._environ)
        self._console.size = (width, height)
        # One line stays free: a board as high as the terminal scrolls it.
        drawn = self._board.render(now, width, self._symbols, height - 1)
        self._live.update(drawn, refresh=True)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()
        width, _ = size(self._stream, self._environ)
        write(self._console, self._board.final(self._now, width, self._symbols))


@contextmanager
def in_place(
    stream: TextIO, environ: Mapping[str, str]
) -> Iterator[Callable[[RenderableType], None]]:
    """Gives what draws one picture over the other; the last one stays on the screen."""
    from rich.live import Live

    on = console(stream, environ)
    live = Live(console=on, auto_refresh=False, redirect_stdout=False, redirect_stderr=False)

    def draw(picture: RenderableType) -> None:
        on.size = size(stream, environ)
        live.update(picture, refresh=True)

    with live:
        yield draw
