"""Who goes down with whom, as tables of nodes and their queues."""

from __future__ import annotations

import pytest

from fleetctl.operations.order import Member, Standing, batches


def members(text: str) -> list[Member]:
    """``a:mail b:mail,celery -c:x ~d:x``: - is down, ~ is draining or starting."""
    made = []
    for word in text.split():
        name, _, queues = word.lstrip("-~").partition(":")
        standing = {"-": Standing.DOWN, "~": Standing.LEAVING}.get(word[0], Standing.UP)
        made.append(Member(name, frozenset(queues.split(",")), standing))
    return made


def order(chosen: str, others: str = "", size: int = 1) -> list[str]:
    plan = batches(members(chosen), members(others), size)
    return ["+".join(batch.nodes) for batch in plan]


@pytest.mark.parametrize(
    ("chosen", "size", "expected"),
    [
        pytest.param("a:x b:x c:x", 1, ["a", "b", "c"], id="as the fleet has them"),
        pytest.param("a:x b:x -c:x", 1, ["c", "a", "b"], id="what is down comes first"),
        pytest.param("a:x ~b:x -c:x", 1, ["c", "b", "a"], id="then what is leaving"),
        pytest.param("a:x b:x", 2, ["a", "b"], id="a queue's two are taken apart"),
        pytest.param("a:x b:x c:y d:y", 2, ["a+c", "b+d"], id="one of each queue together"),
        pytest.param("a:x b:x c:x", 2, ["a+b", "c"], id="one of three is enough"),
        pytest.param("a:x b:y", 2, ["a+b"], id="no order helps a single consumer"),
        pytest.param("a:x,y b:x c:y", 3, ["a", "b+c"], id="a node of two queues counts for both"),
        pytest.param("a:x -b:x", 2, ["b", "a"], id="what goes down isn't mixed with what is down"),
        pytest.param("-a:x -b:x", 2, ["a+b"], id="what is down can't be missed"),
    ],
)
def test_a_queue_with_two_consumers_keeps_one(chosen: str, size: int, expected: list[str]) -> None:
    assert order(chosen, size=size) == expected


def test_a_consumer_that_is_not_restarted_counts() -> None:
    assert order("a:x b:x", others="c:x", size=2) == ["a+b"]


def test_a_consumer_that_is_down_does_not_count() -> None:
    assert order("a:x b:x", others="-c:x", size=2) == ["a", "b"]


@pytest.mark.parametrize(
    ("chosen", "others", "expected"),
    [
        pytest.param("a:x", "", [("x", "a")], id="the only one"),
        pytest.param("a:x b:x", "", [], id="one of two"),
        pytest.param("a:x -b:x", "", [], id="the other is started first"),
        pytest.param("a:x", "-b:x", [("x", "a")], id="the other is down and stays so"),
        pytest.param("a:x,y", "b:y", [("x", "a")], id="one of its queues"),
        pytest.param("-a:x", "", [], id="it doesn't consume now"),
    ],
)
def test_a_queue_that_must_lose_its_consumer_is_named(
    chosen: str, others: str, expected: list[tuple[str, str]]
) -> None:
    plan = batches(members(chosen), members(others), 1)
    assert [pair for batch in plan for pair in batch.bereft] == expected
