"""The order of a restart, and its way through the batches, as tables."""

from __future__ import annotations

import pytest

from fleetctl.operations import rolling
from fleetctl.operations.events import Event, RestartHalted, Warned
from fleetctl.operations.outcome import Outcome
from fleetctl.operations.rolling import (
    Batch,
    Fact,
    Member,
    Rolling,
    Standing,
    Start,
    Started,
    Stop,
    Stopped,
    advance,
    batches,
)


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


def follow(
    plan: tuple[Batch, ...], *facts: Fact
) -> tuple[Rolling, list[Stop | Start], list[Event]]:
    """All that happens when one fact after another becomes known."""
    state = Rolling(plan)
    actions: list[Stop | Start] = []
    told: list[Event] = []
    for fact in (rolling.Begin(), *facts):
        state, todo, said = advance(state, fact)
        actions += todo
        told += said
    return state, actions, told


ONE_BY_ONE = (Batch(("a",)), Batch(("b",)), Batch(("c",)))
DONE, FAILED = Outcome.DONE, Outcome.FAILED


def test_the_next_goes_down_when_the_first_is_ready() -> None:
    _, actions, _ = follow(ONE_BY_ONE, Stopped("a", DONE))
    assert actions == [Stop("a"), Start("a")]

    _, actions, _ = follow(ONE_BY_ONE, Stopped("a", DONE), Started("a", DONE))
    assert actions == [Stop("a"), Start("a"), Stop("b")]


def test_a_batch_is_waited_for_but_its_nodes_not_for_each_other() -> None:
    plan = (Batch(("a", "b")), Batch(("c",)))
    _, actions, _ = follow(plan, Stopped("b", DONE), Started("b", DONE), Stopped("a", DONE))
    assert actions == [Stop("a"), Stop("b"), Start("b"), Start("a")]


def test_it_is_done_when_all_are_ready() -> None:
    state, _, told = follow(
        (Batch(("a",), (("mail", "a"),)),), Stopped("a", DONE), Started("a", DONE)
    )
    assert (state.done, state.outcomes) == (True, {"a": DONE})
    assert told == [Warned("", "queue mail has no other consumer while a restarts")]


def test_force_that_was_needed_is_no_reason_to_halt_and_not_forgotten() -> None:
    state, actions, _ = follow(ONE_BY_ONE, Stopped("a", Outcome.FORCED), Started("a", DONE))
    assert actions[-1] == Stop("b")
    assert state.outcomes["a"] is Outcome.FORCED


@pytest.mark.parametrize(
    ("facts", "event"),
    [
        pytest.param(
            [Stopped("a", DONE), Started("a", FAILED)],
            RestartHalted("", down=("a",), untouched=("b", "c")),
            id="it doesn't come up",
        ),
        pytest.param(
            [Stopped("a", DONE), Started("a", Outcome.TIMED_OUT)],
            RestartHalted("", starting=("a",), untouched=("b", "c")),
            id="it isn't ready in time",
        ),
        pytest.param(
            [Stopped("a", FAILED)],
            RestartHalted("", untouched=("a", "b", "c")),
            id="it can't be stopped",
        ),
        pytest.param(
            [Stopped("a", DONE), Started("a", DONE), Stopped("b", DONE), Started("b", FAILED)],
            RestartHalted("", restarted=("a",), down=("b",), untouched=("c",)),
            id="the second",
        ),
    ],
)
def test_it_halts_at_the_first_failure_and_says_how_all_stand(
    facts: list[Fact], event: Event
) -> None:
    state, _, told = follow(ONE_BY_ONE, *facts)
    assert state.done
    assert told == [event]
    assert "c" not in state.outcomes


def test_the_rest_of_a_batch_is_brought_to_its_end_before_it_halts() -> None:
    plan = (Batch(("a", "b")), Batch(("c",)))
    failed: list[Fact] = [Stopped("a", DONE), Started("a", FAILED)]
    state, _, _ = follow(plan, *failed)
    assert not state.done

    state, actions, told = follow(plan, *failed, Stopped("b", DONE), Started("b", DONE))
    assert Start("b") in actions
    assert told == [RestartHalted("", restarted=("b",), down=("a",), untouched=("c",))]


def test_an_interrupt_leaves_what_drains_and_begins_nothing_more() -> None:
    state, actions, told = follow(
        ONE_BY_ONE, rolling.Interrupted(), Stopped("a", Outcome.INTERRUPTED)
    )
    assert state.done
    assert actions == [Stop("a")]
    assert told == [RestartHalted("", draining=("a",), untouched=("b", "c"))]
    assert set(state.outcomes.values()) == {Outcome.INTERRUPTED}


def test_what_has_just_ended_when_the_interrupt_comes_is_not_started() -> None:
    _, actions, told = follow(ONE_BY_ONE, rolling.Interrupted(), Stopped("a", DONE))
    assert actions == [Stop("a")]
    assert told == [RestartHalted("", down=("a",), untouched=("b", "c"))]


def test_an_interrupt_that_comes_as_the_last_node_is_ready_is_told_nothing_of() -> None:
    state, _, told = follow(
        (Batch(("a",)),), Stopped("a", DONE), rolling.Interrupted(), Started("a", DONE)
    )
    assert (state.done, told, state.outcomes) == (True, [], {"a": DONE})
