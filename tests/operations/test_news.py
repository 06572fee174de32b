"""What of the journal is told while logs are followed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fleetctl.operations.news import News
from fleetctl.runtime import journal
from fleetctl.runtime.entry import CutTask, Entry

STARTED = Entry(1.0, "w1", "started", launch="a", pid=7)
ENDED = Entry(2.0, "w1", "exit", launch="a", code=0)
NODES = ["w1"]


def test_what_was_told_before_is_no_news(tmp_path: Path) -> None:
    journal.append(str(tmp_path), STARTED)
    news = News(tmp_path)
    assert news.read(NODES) == []
    journal.append(str(tmp_path), ENDED)
    assert news.read(NODES) == [ENDED]
    assert news.read(NODES) == []


@pytest.mark.parametrize(
    "entry",
    [
        Entry(1.0, "w2", "started", launch="b", pid=8),
        Entry(1.0, "w1", "ready", launch="a", pid=7),
        Entry(1.0, "w1", "signal", launch="a", signal="TERM"),
    ],
    ids=["of another node", "the log says so itself", "its end says what came of it"],
)
def test_nothing_is_told_of(tmp_path: Path, entry: Entry) -> None:
    news = News(tmp_path)
    journal.append(str(tmp_path), entry)
    assert news.read(NODES) == []


def test_a_signal_that_costs_tasks_is_told(tmp_path: Path) -> None:
    news = News(tmp_path)
    costly = Entry(1.0, "w1", "signal", signal="KILL", tasks=[CutTask("4be1", "slow", "lost")])
    journal.append(str(tmp_path), costly)
    assert news.read(NODES) == [costly]


def test_a_journal_that_is_begun_anew_is_read_from_its_beginning(tmp_path: Path) -> None:
    journal.append(str(tmp_path), STARTED)
    news = News(tmp_path)
    journal.append(str(tmp_path), ENDED)
    path = tmp_path / journal.NAME
    path.rename(path.with_name(path.name + ".1"))
    again = Entry(3.0, "w1", "started", launch="b", pid=8)
    journal.append(str(tmp_path), again)
    assert news.read(NODES) == [ENDED, again]
    assert news.opened == 2


def test_an_end_is_told_once_though_others_find_the_node_gone(tmp_path: Path) -> None:
    news = News(tmp_path)
    guess = Entry(2.0, "w1", "exit", launch="a")
    for each in (ENDED, guess):
        journal.append(str(tmp_path), each)
        assert news.read(NODES) == ([ENDED] if each is ENDED else [])


def test_half_a_line_waits_for_its_end(tmp_path: Path) -> None:
    news = News(tmp_path)
    line = journal.line_of(STARTED)
    path = tmp_path / journal.NAME
    path.write_bytes(line[:20])
    assert news.read(NODES) == []
    with path.open("ab") as file:
        file.write(line[20:])
    assert news.read(NODES) == [STARTED]


@pytest.mark.parametrize("spoil", [Path.mkdir, lambda path: path.symlink_to("/etc/passwd")])
def test_what_is_no_journal_tells_nothing(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    spoil(tmp_path / journal.NAME)
    news = News(tmp_path)
    assert news.read(NODES) == []
    assert news.descriptor is None
