"""Reading from the end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import pytest

from fleetctl.logs import backwards, seek
from fleetctl.logs.forms import Forms
from fleetctl.logs.stamps import Clock
from tests.logs.making import numbers, record, time_of, written


@contextmanager
def opened(path: Path) -> Iterator[tuple[int, int]]:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield descriptor, os.fstat(descriptor).st_size
    finally:
        os.close(descriptor)


def last(path: Path, count: int) -> list[bytes]:
    with opened(path) as (descriptor, size):
        found = backwards.records(descriptor, size, Forms(), Clock())
        return [each.text for each in islice(found, count)]


@pytest.mark.parametrize("padding", [0, 1, 7, 100, 16_300, 16_384, 40_000])
def test_records_are_found_wherever_the_blocks_end(tmp_path: Path, padding: int) -> None:
    text = "".join(
        record(n, below="x" * padding + "\n  y\n" if n % 3 == 0 else "") for n in range(20)
    )
    texts = last(written(tmp_path / "log", text), 100)
    assert [numbers(each)[0] for each in texts] == list(range(19, -1, -1))
    assert texts[-1] == (record(0) + "x" * padding + "\n  y").encode()


def test_offsets_are_where_records_begin(tmp_path: Path) -> None:
    path = written(tmp_path / "log", "".join(record(n) for n in range(2000)))
    with opened(path) as (descriptor, size):
        for each in islice(backwards.records(descriptor, size, Forms(), Clock()), 1500):
            assert os.pread(descriptor, len(each.text), each.offset) == each.text
            assert each.time == time_of(numbers(each.text)[0])


def test_the_text_before_the_first_record_is_one_too(tmp_path: Path) -> None:
    texts = last(written(tmp_path / "log", "banner\n" + record(1)), 5)
    assert texts == [record(1).rstrip().encode(), b"banner\n"]


@pytest.mark.parametrize("content", [b"", b"\n\n", bytes(100_000)])
def test_where_nothing_is_said_nothing_is_found(tmp_path: Path, content: bytes) -> None:
    assert last(written(tmp_path / "log", content), 5) == []


def test_a_record_may_begin_after_the_nuls_of_a_crash(tmp_path: Path) -> None:
    content = record(1).encode() + bytes(70_000) + record(2).encode() + bytes(9)
    assert [numbers(text)[0] for text in last(written(tmp_path / "log", content), 5)] == [2, 1]


def test_lines_come_last_first(tmp_path: Path) -> None:
    many = [f"line {number}" for number in range(9000)]
    with opened(written(tmp_path / "log", "\n".join(many) + "\n")) as (descriptor, size):
        assert list(backwards.lines(descriptor, size))[::-1] == [line.encode() for line in many]
        assert list(backwards.lines(descriptor, 0)) == []
        begin = size - len("line 8999\n")
        assert list(backwards.lines(descriptor, size, begin)) == [b"line 8999"]


@pytest.mark.parametrize("number", [0, 1, 5000, 19_998, 19_999, 30_000, -50])
def test_a_moment_is_found_without_reading_the_file(tmp_path: Path, number: int) -> None:
    path = written(tmp_path / "log", "".join(record(n, below="  below\n") for n in range(20_000)))
    with opened(path) as (descriptor, size):
        begin = seek.begin(descriptor, size, time_of(number), Forms(), Clock())
        end = seek.end(descriptor, size, time_of(number), Forms(), Clock())
        content = path.read_bytes()
    assert all(n < number for n in numbers(content[:begin]))
    assert all(n > number for n in numbers(content[end:]))
    assert end - begin < 80_000
    assert content[begin:].startswith(b"[")


def test_a_moment_in_a_file_without_times_is_nowhere(tmp_path: Path) -> None:
    with opened(written(tmp_path / "log", "nothing known\n" * 90_000)) as (descriptor, size):
        assert seek.begin(descriptor, size, time_of(0), Forms(), Clock()) == 0
        assert seek.end(descriptor, size, time_of(0), Forms(), Clock()) == size
