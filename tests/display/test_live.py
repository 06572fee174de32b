from __future__ import annotations

import io
import os
from collections.abc import Iterator

import pyte
import pytest
from rich.console import Group

from fleetctl.display.board import Board
from fleetctl.display.ink import line, page
from fleetctl.display.live import LiveArea, LiveBoard
from fleetctl.display.symbols import Symbols
from fleetctl.operations import events
from tests.display.histories import START
from tests.display.printing import resize

ENVIRON = {"TERM": "xterm"}


class Terminal(io.StringIO):
    """A stream with a pseudo-terminal's size, and an emulator that shows what a person would see.

    What is written stays in memory: a real terminal nobody reads would block its writer.
    """

    def __init__(self, descriptor: int) -> None:
        super().__init__(newline="")
        self._descriptor = descriptor
        self.screen = pyte.HistoryScreen(80, 24)
        self.screen.set_mode(pyte.modes.LNM)
        self._emulator = pyte.Stream(self.screen)

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def lines(self) -> list[str]:
        """The lines on the screen that aren't empty."""
        self._emulator.feed(self.getvalue())
        self.seek(0)
        self.truncate()
        return [line.rstrip() for line in self.screen.display if line.strip()]

    @property
    def scrolled(self) -> int:
        """How many lines have left at the top."""
        return len(self.screen.history.top)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    master, slave = os.openpty()
    resize(slave, 24, 80)
    yield Terminal(slave)
    os.close(slave)
    os.close(master)


@pytest.fixture(autouse=True)
def capable(monkeypatch: pytest.MonkeyPatch) -> None:
    """rich looks at this itself before it moves a cursor."""
    monkeypatch.setenv("TERM", "xterm")


def test_the_board_is_redrawn_in_place(terminal: Terminal) -> None:
    board = Board()
    with LiveBoard(board, terminal, ENVIRON) as live:
        board.apply(events.NodeSpawned("w1", 4711), 100.0)
        live.show(100.5)
        assert terminal.lines() == ["◐ w1  starting (pid 4711)  0.5 s"]
        assert terminal.screen.cursor.hidden
        board.apply(events.NodeSpawned("io", 4712), 101.0)
        live.show(101.0)
        live.show(103.0)
        assert terminal.lines() == [
            "◐ w1  starting (pid 4711)  3.0 s",
            "◐ io  starting (pid 4712)  2.0 s",
        ]


def test_at_the_end_only_the_last_word_is_left_and_the_cursor_is_back(terminal: Terminal) -> None:
    board = Board()
    with LiveBoard(board, terminal, ENVIRON) as live:
        for now, event in START:
            board.apply(event, now)
            live.show(now)
        board.apply(events.NodeReady("io", 4712, 1.4), 101.4)
    assert terminal.lines() == [
        "✔ w1       ready in 0.8 s (pid 4711)",
        "✔ io       ready in 1.4 s (pid 4712)",
        "✔ crunch1  already running (pid 4600)",
        "✖ crunch2  failed: ModuleNotFoundError: No module named 'psycopg3' at",
        "           /srv/proj/celery.py:3 (exit code 1)",
        "    Traceback (most recent call last):",
        '      File "/srv/proj/celery.py", line 3, in <module>',
        "        import psycopg3",
        "    ModuleNotFoundError: No module named 'psycopg3'",
        "2 started, 1 already running, 1 failed",
    ]
    assert not terminal.screen.cursor.hidden


def test_an_exception_leaves_the_board_and_gives_the_cursor_back(terminal: Terminal) -> None:
    board = Board()
    board.apply(events.NodeSpawned("w1", 4711), 100.0)
    with (
        pytest.raises(KeyboardInterrupt),
        LiveBoard(board, terminal, ENVIRON) as live,
    ):
        live.show(100.0)
        raise KeyboardInterrupt
    assert terminal.lines() == ["◐ w1  starting (pid 4711)"]
    assert not terminal.screen.cursor.hidden


def test_more_nodes_than_rows_never_scroll_the_terminal(terminal: Terminal) -> None:
    board = Board()
    for number in range(60):
        board.apply(events.NodeSpawned(f"w{number}", number), 100.0)
    with LiveBoard(board, terminal, ENVIRON) as live:
        for moment in range(20):
            live.show(100.0 + moment)
        assert terminal.lines()[-1] == "  + 38 more"
        assert terminal.scrolled == 0


def test_a_terminal_made_smaller_gets_a_smaller_board(terminal: Terminal) -> None:
    board = Board()
    for number in range(10):
        board.apply(events.NodeSpawned(f"w{number}", number), 100.0)
    with LiveBoard(board, terminal, ENVIRON) as live:
        resize(terminal.fileno(), 6, 40)
        terminal.screen.resize(6, 40)
        live.show(101.0)
        assert len(terminal.lines()) == 5


def test_a_watched_table_higher_than_the_terminal_is_cropped_and_leaves_nothing(
    terminal: Terminal,
) -> None:
    drawn: list[int] = []

    def table(width: int, rows: int, _: Symbols) -> Group:
        drawn.append(rows)
        return page(line(f"{len(drawn)}: {number} of {width}") for number in range(40))

    with LiveArea(terminal, ENVIRON) as area:
        for _ in range(5):
            area.show(table)
        assert terminal.lines() == [f"5: {number} of 80" for number in range(24)]
        assert terminal.scrolled == 0
    assert drawn == [23] * 5
    assert terminal.lines() == []
    assert not terminal.screen.cursor.hidden
