"""Records out of bytes, however they come."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from fleetctl.logs.forms import Forms, Lines
from fleetctl.logs.record import LIMIT
from fleetctl.logs.splitter import Splitter
from fleetctl.logs.stamps import Clock

HEADER = "[2026-11-22 20:15:0{},123: INFO/MainProcess] "
LOG = (
    "before\n"
    + "".join(HEADER.format(n) + f"record {n}\n" for n in range(3))
    + "Traceback\n  of 2\n\n"
    + HEADER.format(3)
    + "a half"
).encode()


def splitter(forms: Forms | None = None) -> Splitter:
    return Splitter(forms or Forms(), Clock(), untimed=7.0)


def split(data: bytes, *cuts: int, forms: Forms | None = None) -> list[bytes]:
    cutter = splitter(forms)
    edges = [0, *sorted(cuts), len(data)]
    texts = [text for a, b in pairwise(edges) for text in cutter.feed(data[a:b]).texts]
    return texts + cutter.end().texts


def test_lines_belong_to_the_record_above_them() -> None:
    texts = split(LOG)
    assert [text.count(b"\n") for text in texts] == [1, 0, 0, 3, 0]
    assert texts[3].endswith(b"record 2\nTraceback\n  of 2\n")
    assert texts[0] == b"\nbefore"


@given(st.lists(st.integers(0, len(LOG)), max_size=8))
def test_it_makes_no_difference_where_the_bytes_were_cut(cuts: list[int]) -> None:
    assert split(LOG, *cuts) == split(LOG)


def test_a_half_written_line_waits_for_its_end() -> None:
    cutter = splitter()
    cutter.feed(LOG)
    assert cutter.end_record().texts == [split(LOG)[3]]
    assert not cutter.pending
    assert cutter.feed(b" and the rest\n").texts == []
    assert cutter.end_record().texts == [HEADER.format(3).encode() + b"a half and the rest"]


def test_what_goes_on_after_its_record_was_given_is_marked_by_a_line_feed() -> None:
    cutter = splitter()
    cutter.feed(LOG[: LOG.index(b"Traceback")])
    assert len(cutter.end_record().texts) == 1
    cutter.feed(b"Traceback\n")
    assert cutter.end_record().texts == [b"\nTraceback"]


def test_a_preamble_has_the_time_of_the_record_after_it() -> None:
    cutter = splitter()
    times = cutter.feed(LOG).times
    assert times[0] == times[1]
    alone = splitter()
    alone.feed(b"only this\n")
    assert alone.end().times == [7.0]


def test_a_line_of_any_length_is_cut_and_says_so() -> None:
    cutter = splitter()
    cutter.feed(HEADER.format(1).encode())
    for _ in range(800):
        cutter.feed(b"x" * LIMIT)
    cutter.feed(b"\n" + HEADER.format(2).encode() + b"next\n")
    texts = cutter.end().texts
    assert len(texts) == 1
    assert texts[0].endswith(b"next")


def test_what_is_kept_of_a_long_record_is_its_beginning() -> None:
    data = (
        HEADER.format(1).encode()
        + b"\n".join([b"y" * 999] * 1000)
        + b"\n"
        + HEADER.format(2).encode()
    )
    first, second = split(data + b"next\n", *range(0, len(data), 1000))
    assert LIMIT < len(first) < LIMIT + 100
    assert first.endswith(b"bytes left out ...]")
    assert second.endswith(b"next")


def test_nuls_after_a_crash_are_counted_and_what_follows_is_a_record() -> None:
    data = LOG.replace(b"Traceback", bytes(4096))
    texts = split(data, len(LOG) // 2, len(LOG) - 20 + 4096)
    assert len(texts) == 5
    assert b"[... 4096 NUL bytes ...]" in texts[3]
    after = split(
        HEADER.format(1).encode() + b"x\n" + bytes(10) + HEADER.format(2).encode() + b"y\n"
    )
    assert [text[-1:] for text in after] == [b"]", b"y"]
    assert b"[... 10 NUL bytes ...]" in after[0]
    assert split(b"x\n" + bytes(9)) == [b"\nx\n[... 9 NUL bytes ...]\n"]


def test_of_a_file_of_no_known_form_each_line_is_a_record_but_for_indented_ones() -> None:
    assert split(b"one\n  more\ntwo\n", forms=Lines(Forms())) == [b"one\n  more", b"two"]


def test_json_lines_are_sorted_by_the_time_they_bear() -> None:
    cutter = splitter()
    data = (
        b'{"event": "a", "ts": 100.5}\n{"event": "b", "time": "1970-01-01T00:10:00Z"}\n{"c": 1}\n'
    )
    batch, last = cutter.feed(data), cutter.end()
    assert batch.times + last.times == [100.5, 600.0, 600.0]
