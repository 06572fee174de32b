"""What of the journal is told while logs are followed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fleetctl.logs.events import Happening, JournalUnreadable
from fleetctl.operations.news import News
from fleetctl.runtime import journal
from fleetctl.runtime.entry import CutTask, Entry

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")

STARTED = Entry(1.0, "w1", "started", launch="a", pid=7)
ENDED = Entry(2.0, "w1", "exit", launch="a", code=0)
NODES = ["w1"]


def following(rundir: Path, said: list[Happening] | None = None, *, begun: float = 0.0) -> News:
    heard = list[Happening]() if said is None else said
    return News(rundir, heard.append, begun=begun)


def test_what_was_told_before_is_no_news(tmp_path: Path) -> None:
    journal.append(str(tmp_path), STARTED)
    news = following(tmp_path)
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
    news = following(tmp_path)
    journal.append(str(tmp_path), entry)
    assert news.read(NODES) == []


def test_a_signal_that_costs_tasks_is_told(tmp_path: Path) -> None:
    news = following(tmp_path)
    costly = Entry(1.0, "w1", "signal", signal="KILL", tasks=[CutTask("4be1", "slow", "lost")])
    journal.append(str(tmp_path), costly)
    assert news.read(NODES) == [costly]


def test_a_journal_that_is_begun_anew_is_read_from_its_beginning(tmp_path: Path) -> None:
    journal.append(str(tmp_path), STARTED)
    news = following(tmp_path)
    journal.append(str(tmp_path), ENDED)
    path = tmp_path / journal.NAME
    path.rename(path.with_name(path.name + ".1"))
    again = Entry(3.0, "w1", "started", launch="b", pid=8)
    journal.append(str(tmp_path), again)
    assert news.read(NODES) == [ENDED, again]
    assert news.opened == 2


def test_an_end_is_told_once_though_others_find_the_node_gone(tmp_path: Path) -> None:
    news = following(tmp_path)
    guess = Entry(2.0, "w1", "exit", launch="a")
    for each in (ENDED, guess):
        journal.append(str(tmp_path), each)
        assert news.read(NODES) == ([ENDED] if each is ENDED else [])


def test_half_a_line_waits_for_its_end(tmp_path: Path) -> None:
    news = following(tmp_path)
    line = journal.line_of(STARTED)
    path = tmp_path / journal.NAME
    path.write_bytes(line[:20])
    assert news.read(NODES) == []
    with path.open("ab") as file:
        file.write(line[20:])
    assert news.read(NODES) == [STARTED]


def folder(path: Path) -> None:
    path.mkdir()


def link(path: Path) -> None:
    path.symlink_to("/etc/passwd")


def of_another(path: Path) -> None:
    path.write_text("")
    os.chown(path, 65534, 65534)


SPOILT = [
    pytest.param(folder, "is a directory"),
    pytest.param(os.mkfifo, "is a fifo"),
    pytest.param(link, "is a link"),
    pytest.param(of_another, "belongs to nobody", marks=as_root),
]


@pytest.mark.parametrize(("spoil", "why"), SPOILT)
def test_what_is_no_journal_tells_nothing_and_that_is_said_once(
    tmp_path: Path, spoil: Callable[[Path], None], why: str
) -> None:
    path, said = tmp_path / journal.NAME, list[Happening]()
    spoil(path)
    news = following(tmp_path, said)
    assert news.read(NODES) == news.read(NODES) == []
    assert news.descriptor is None
    assert said == [JournalUnreadable(path, why)]


@pytest.mark.parametrize(("spoil", "why"), SPOILT)
def test_a_journal_that_gave_way_to_something_else_is_followed_when_it_is_back(
    tmp_path: Path, spoil: Callable[[Path], None], why: str
) -> None:
    path, said = tmp_path / journal.NAME, list[Happening]()
    journal.append(str(tmp_path), STARTED)
    news = following(tmp_path, said, begun=1.5)
    path.rename(tmp_path / "aside")
    spoil(path)
    assert news.read(NODES) == []
    assert said == [JournalUnreadable(path, why)]
    path.rename(tmp_path / "spoilt")
    (tmp_path / "aside").rename(path)
    journal.append(str(tmp_path), ENDED)
    assert news.read(NODES) == [ENDED]
    assert len(said) == 1


def test_where_there_is_no_journal_yet_nothing_is_said_of_it(tmp_path: Path) -> None:
    said: list[Happening] = []
    assert following(tmp_path / "run", said).read(NODES) == []
    assert said == []


def test_a_journal_that_was_emptied_is_read_from_its_new_beginning(tmp_path: Path) -> None:
    journal.append(str(tmp_path), STARTED)
    news = following(tmp_path, begun=1.5)
    (tmp_path / journal.NAME).write_bytes(b"")
    assert news.read(NODES) == []
    journal.append(str(tmp_path), ENDED)
    assert news.read(NODES) == [ENDED]


def replace(path: Path, content: bytes) -> None:
    """As `sed -i` does."""
    path.with_name("new").write_bytes(content)
    path.with_name("new").rename(path)


def rewrite(path: Path, content: bytes) -> None:
    path.write_bytes(content)


@pytest.mark.parametrize("put", [replace, rewrite])
def test_what_was_told_before_is_no_news_in_a_file_written_anew(
    tmp_path: Path, put: Callable[[Path, bytes], None]
) -> None:
    path = tmp_path / journal.NAME
    journal.append(str(tmp_path), STARTED)
    news = following(tmp_path, begun=1.5)
    journal.append(str(tmp_path), ENDED)
    assert news.read(NODES) == [ENDED]
    edited = path.read_bytes().replace(b'"pid":7', b'"pid":8')
    later = Entry(3.0, "w1", "started", launch="b", pid=8)
    put(path, edited)
    assert news.read(NODES) == []
    journal.append(str(tmp_path), later)
    assert news.read(NODES) == [later]
    put(path, edited + journal.line_of(later))
    assert news.read(NODES) == []


def test_what_others_wrote_a_moment_before_a_rotation_comes_after_it(tmp_path: Path) -> None:
    journal.append(str(tmp_path), STARTED)
    news = following(tmp_path, begun=1.5)
    journal.append(str(tmp_path), Entry(2.1, "w1", "started", launch="b", pid=8))
    path = tmp_path / journal.NAME
    path.rename(path.with_name(path.name + ".1"))
    journal.append(str(tmp_path), ENDED)
    assert [each.at for each in news.read(NODES)] == [2.1, 2.0]
