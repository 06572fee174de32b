"""The order of many files' records."""

from __future__ import annotations

from fleetctl.logs.merge import Merge, lowest
from fleetctl.logs.splitter import Batch


def batch(*times: float) -> Batch:
    return Batch(list(times), [str(time).encode() for time in times])


def times(merge: Merge, limit: float, **options: float) -> list[tuple[float, str]]:
    return [entry[:2] for entry in merge.release(limit, **options)]


def test_records_come_in_the_order_of_their_times() -> None:
    merge = Merge()
    merge.add("a", "a", batch(1, 4, 5), now=10)
    merge.add("b", "b", batch(2, 3, 9), now=10)
    assert times(merge, 5) == [(1, "a"), (2, "b"), (3, "b"), (4, "a"), (5, "a")]
    assert merge.count == 1
    assert times(merge, 9) == [(9, "b")]


def test_ties_keep_each_files_order() -> None:
    merge = Merge()
    merge.add("a", "a", Batch([1, 1, 1], [b"1", b"2", b"3"]), now=0)
    merge.add("b", "b", Batch([1, 1], [b"4", b"5"]), now=0)
    texts = [text for _, _, text in merge.release(1)]
    assert texts == [b"1", b"2", b"3", b"4", b"5"]


def test_a_file_whose_clock_was_set_back_keeps_its_order() -> None:
    merge = Merge()
    merge.add("a", "a", Batch([5, 3, 6], [b"1", b"2", b"3"]), now=0)
    assert [text for _, _, text in merge.release(9)] == [b"1", b"2", b"3"]


def test_nothing_passes_the_barrier_of_what_is_not_read_yet() -> None:
    merge = Merge()
    merge.add("a", "a", batch(1, 2, 3), now=0)
    assert times(merge, 9, barrier=2) == [(1, "a"), (2, "a")]
    assert times(merge, 9, arrived_by=9, barrier=2) == []


def test_a_clock_that_is_ahead_is_held_back_by_arrival_only() -> None:
    merge = Merge()
    merge.add("a", "a", batch(1000), now=10)
    assert times(merge, 10, arrived_by=9.9) == []
    assert merge.waiting_since == 10
    assert times(merge, 10, arrived_by=10) == [(1000, "a")]


def test_what_comes_late_still_comes() -> None:
    merge = Merge()
    merge.add("a", "a", batch(5), now=0)
    merge.release(9)
    merge.add("b", "b", batch(1), now=1)
    assert times(merge, 9) == [(1, "b")]


def test_nothing_waits_in_an_empty_merge() -> None:
    merge = Merge()
    assert (merge.count, merge.waiting_since, merge.release(9)) == (0, float("inf"), [])
    merge.add("a", "a", batch(1), now=0)
    assert lowest([]) == float("inf")


def test_a_file_that_has_ended_is_forgotten_once_all_of_it_has_come() -> None:
    merge = Merge()
    merge.add("a", "a", batch(1), now=0)
    merge.retain([])
    assert times(merge, 9) == [(1, "a")]
    merge.add("b", "b", batch(), now=0)
    merge.retain(["b"])
    assert list(merge._queues) == ["b"]
