from __future__ import annotations

import io
import os
from collections.abc import Iterator
from typing import TextIO

import pytest
from rich.text import Text

from fleetctl.display import terminal
from fleetctl.display.ink import line
from fleetctl.display.symbols import ASCII, UNICODE
from tests.display.printing import drawn, resize


@pytest.fixture
def tty() -> Iterator[TextIO]:
    """A terminal of 23 rows and 71 columns."""
    master, slave = os.openpty()
    resize(slave, 23, 71)
    with open(slave, "w", encoding="utf-8") as stream:
        yield stream
    os.close(master)


def file(encoding: str = "utf-8") -> TextIO:
    return io.TextIOWrapper(io.BytesIO(), encoding=encoding)


def coloured(stream: TextIO, **environ: str) -> bool:
    return terminal.console(stream, environ).color_system is not None


def test_a_terminal_is_measured_and_columns_wins(tty: TextIO) -> None:
    assert terminal.size(tty, {}) == (71, 23)
    assert terminal.size(tty, {"COLUMNS": "100"}) == (100, 23)
    assert terminal.size(tty, {"COLUMNS": "wide"}) == (71, 23)
    assert terminal.size(tty, {"COLUMNS": "12"}) == (40, 23)


def test_a_terminal_that_nobody_sized_has_eighty_columns(tty: TextIO) -> None:
    resize(tty.fileno(), 0, 0)
    assert terminal.size(tty, {}) == (80, 24)


def test_a_pipe_has_no_edge() -> None:
    assert terminal.size(file(), {})[0] == terminal.UNBOUNDED
    assert drawn(line("x" * 900), 40).strip() == "x" * 900


def test_colours_are_for_terminals(tty: TextIO) -> None:
    assert coloured(tty, TERM="xterm")
    assert not coloured(tty, TERM="dumb")
    assert not coloured(tty, TERM="xterm", NO_COLOR="1")
    assert coloured(tty, TERM="xterm", NO_COLOR="")
    assert not coloured(file())


def test_colours_can_be_forced_but_no_color_wins() -> None:
    assert coloured(file(), FORCE_COLOR="1")
    assert not coloured(file(), FORCE_COLOR="0")
    assert not coloured(file(), FORCE_COLOR="1", NO_COLOR="1")


def test_only_a_terminal_that_moves_its_cursor_is_interactive(tty: TextIO) -> None:
    assert terminal.interactive(tty, {"TERM": "xterm"})
    assert not terminal.interactive(tty, {"TERM": "dumb"})
    assert not terminal.interactive(file(), {"TERM": "xterm"})


def test_a_stream_gets_the_symbols_it_can_show() -> None:
    assert terminal.symbols(file("utf-8"), {}) is UNICODE
    assert terminal.symbols(file("latin-1"), {}) is ASCII
    assert terminal.symbols(file("ascii"), {}) is ASCII


def test_in_the_c_locale_signs_are_ascii_though_python_stays_in_utf_8() -> None:
    assert terminal.symbols(file("utf-8"), {"LC_ALL": "C"}) is ASCII
    assert terminal.symbols(file("utf-8"), {"LC_ALL": "C.UTF-8"}) is UNICODE


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8", "cp1252"])
def test_a_character_the_stream_lacks_becomes_a_question_mark(encoding: str) -> None:
    assert "?" in drawn(Text("a \ud800 z"), encoding=encoding)
    assert drawn(Text("plain"), encoding=encoding) == "plain\n"


def test_markup_emoji_and_links_in_text_are_left_alone() -> None:
    text = "[bold]x[/bold] :smile: http://example.org 42"
    assert drawn(line(text), colour=True) == text + "\n"
