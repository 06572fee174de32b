"""A restart's way through its batches, as tables of facts and what follows from them."""

from __future__ import annotations

import pytest

from fleetctl.operations import rolling
from fleetctl.operations.events import Event, RestartHalted, Warned
from fleetctl.operations.order import Batch
from fleetctl.operations.outcome import Outcome
from fleetctl.operations.rolling import Fact, Rolling, Start, Started, Stop, Stopped, advance


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
            [Stopped("a", DONE), Started("a", Outcome.REFUSED)],
            RestartHalted("", refused=("a",), untouched=("b", "c")),
            id="its place is taken",
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
