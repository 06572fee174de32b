"""What the kernel tells of files and folders."""

from __future__ import annotations

import ctypes
import os
import select
from collections.abc import Iterator
from pathlib import Path

import pytest

from fleetctl.logs import watch as module
from fleetctl.logs.watch import Watch


@pytest.fixture
def watch() -> Iterator[Watch]:
    made = Watch()
    yield made
    made.close()


def told(watch: Watch) -> set[int] | None:
    assert watch.descriptor is not None
    assert select.select([watch.descriptor], [], [], 5)[0]
    return watch.changed()


def test_a_file_is_watched_whatever_it_is_called_by_now(tmp_path: Path, watch: Watch) -> None:
    path = tmp_path / "log"
    with path.open("wb", buffering=0) as file:
        number = watch.file(file.fileno())
        path.rename(tmp_path / "log.1")
        assert told(watch) == {number}
        file.write(b"x")
        assert told(watch) == {number}
        assert watch.changed() == set()


def test_a_folder_tells_of_names_that_come_and_go(tmp_path: Path, watch: Watch) -> None:
    number = watch.folder(tmp_path)
    (tmp_path / "a rather long name, which follows its event").touch()
    (tmp_path / "b").touch()
    assert told(watch) == {number}
    assert watch.folder(tmp_path / "none") is None
    assert watch.folder(tmp_path / "b") is None


def test_what_is_forgotten_is_told_of_no_more(tmp_path: Path, watch: Watch) -> None:
    descriptor = os.open(tmp_path / "log", os.O_CREAT | os.O_RDWR)
    number = watch.file(descriptor)
    assert number is not None
    watch.forget(number)
    os.write(descriptor, b"x")
    assert watch.changed() in (set(), {number})
    os.write(descriptor, b"x")
    assert watch.changed() == set()
    os.close(descriptor)


def test_too_much_is_told_as_such(monkeypatch: pytest.MonkeyPatch, watch: Watch) -> None:
    overflow = module._EVENT.pack(-1, 0x4000, 0, 0)
    answers = iter([overflow])

    def read(_descriptor: int, _size: int) -> bytes:
        try:
            return next(answers)
        except StopIteration:
            raise BlockingIOError from None

    monkeypatch.setattr(os, "read", read)
    assert watch.changed() is None


def test_where_there_is_no_inotify_nothing_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class NoLibrary:
        def __init__(self, *_: object, **__: object) -> None:
            raise OSError

    monkeypatch.setattr(ctypes, "CDLL", NoLibrary)
    blind = Watch()
    assert blind.descriptor is None
    assert blind.folder(tmp_path) is None
    assert blind.changed() == set()
    blind.forget(1)
    blind.close()
