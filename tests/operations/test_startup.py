"""One node's way to ready or failed, as a table of facts and what follows from them."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleetctl.operations import events, startup
from fleetctl.operations.outcome import Outcome
from fleetctl.operations.startup import Action, Fact, Phase, Startup, advance
from fleetctl.process.pidfile import PidfileFacts
from fleetctl.process.status import NodeStatus, State
from fleetctl.runtime.formats import ActiveTask, Cause, Exit, Identity

PID = 4711
TARGET = Identity(pid=PID, start_ticks=1, boot_id="b", pid_namespace=1)
CAUSE = Cause("app-error", "ImportError: no module named x", "proj/tasks.py", 12)
TASK = ActiveTask("4be1", "proj.slow", 3.0)


def observed(
    state: State, reason: str | None = None, changes: tuple[str, ...] = ()
) -> startup.Observed:
    target = TARGET if state.running else None
    active = (TASK,) if state is State.DRAINING else ()
    return startup.Observed(
        NodeStatus(
            name="w1", state=state, reason=reason, target=target, active=active, changes=changes
        )
    )


def follow(*facts: Fact, wait: bool = True) -> tuple[Startup, list[Action], list[events.Event]]:
    """All that happens when one fact after another, a second apart, becomes known."""
    state = Startup("w1", began=0.0, wait=wait)
    actions: list[Action] = []
    told: list[events.Event] = []
    for second, fact in enumerate(facts, start=1):
        state, todo, said = advance(state, fact, float(second))
        actions += todo
        told += said
    return state, actions, told


@pytest.mark.parametrize("state", [State.STOPPED, State.FAILED, State.CRASHED])
def test_what_does_not_run_is_launched(state: State) -> None:
    now, actions, told = follow(observed(state))

    assert (now.phase, actions, told) == (Phase.LAUNCHING, [Action.LAUNCH], [])


@pytest.mark.parametrize("state", [State.READY, State.DISCONNECTED])
def test_what_runs_is_left_alone(state: State) -> None:
    now, actions, told = follow(observed(state))

    assert (now.outcome, actions) == (Outcome.DONE, [])
    assert told == [events.NodeAlreadyRunning("w1", PID, state.value)]


def test_a_node_that_hangs_is_running_but_not_well_and_why() -> None:
    now, actions, told = follow(observed(State.UNRESPONSIVE, "its loop has not answered for 9 s"))

    assert (now.outcome, actions) == (Outcome.FAILED, [])
    why = "its loop has not answered for 9 s"
    assert told == [events.NodeAlreadyRunning("w1", PID, "unresponsive", reason=why)]


def test_why_a_node_is_disconnected_is_told() -> None:
    _, _, told = follow(observed(State.DISCONNECTED, "broker redis://x refuses connections"))

    why = "broker redis://x refuses connections"
    assert told == [events.NodeAlreadyRunning("w1", PID, "disconnected", reason=why)]


def test_a_foreign_process_is_refused_and_named() -> None:
    now, actions, told = follow(observed(State.FOREIGN, "pid 7 is sleep 1000"))

    assert (now.outcome, actions) == (Outcome.REFUSED, [])
    [refusal] = told
    assert isinstance(refusal, events.NodeRefused)
    assert refusal.reason == "pid 7 is sleep 1000"


def test_a_stranger_with_the_old_pid_is_named_and_no_obstacle() -> None:
    facts = PidfileFacts(Path("/run/w1.pid"), pid=7)
    status = NodeStatus(name="w1", state=State.FOREIGN, reason="pid 7 is sleep 1000", stale=facts)

    now, actions, told = follow(startup.Observed(status))

    assert (now.phase, actions) == (Phase.LAUNCHING, [Action.LAUNCH])
    assert told == [events.Warned("w1", "replacing a stale pidfile: pid 7 is sleep 1000")]


def test_a_node_that_was_to_drain_but_goes_on_is_left_alone() -> None:
    now, actions, told = follow(observed(State.DRAINING), observed(State.READY))

    assert (now.outcome, actions) == (Outcome.DONE, [Action.AWAIT_EXIT])
    assert told[-1] == events.NodeAlreadyRunning("w1", PID, "ready")


def test_a_draining_node_is_awaited_and_then_launched() -> None:
    now, actions, told = follow(
        observed(State.DRAINING), startup.Ended(CAUSE), observed(State.STOPPED)
    )

    assert now.phase is Phase.LAUNCHING
    assert actions == [Action.AWAIT_EXIT, Action.LOOK, Action.LAUNCH]
    assert told == [events.NodeAwaited("w1", PID, (TASK,))]


def test_ready_is_told_with_the_seconds_it_took() -> None:
    now, actions, told = follow(
        observed(State.STOPPED),
        startup.Spawned(PID),
        startup.Progressed("importing proj"),
        startup.BecameReady(),
    )

    assert now.outcome is Outcome.DONE
    assert actions == [Action.LAUNCH, Action.AWAIT_READY]
    assert told == [
        events.NodeSpawned("w1", PID),
        events.NodeProgressed("w1", "importing proj"),
        events.NodeReady("w1", PID, 4.0),
    ]


def test_a_node_that_dies_while_it_boots_has_failed_with_its_cause() -> None:
    exit = Exit("launch", 1, None, 0.0)
    now, _, told = follow(
        observed(State.STOPPED), startup.Spawned(PID), startup.Ended(CAUSE, exit, ("boom",))
    )

    assert now.outcome is Outcome.FAILED
    assert told[-1] == events.NodeFailed("w1", CAUSE, exit, ("boom",))


def test_a_node_that_cannot_be_forked_has_failed() -> None:
    now, _, told = follow(observed(State.STOPPED), startup.Unspawned(CAUSE))

    assert now.outcome is Outcome.FAILED
    assert told == [events.NodeFailed("w1", CAUSE, None, ())]


def test_without_waiting_it_is_done_once_spawned() -> None:
    now, actions, told = follow(observed(State.STOPPED), startup.Spawned(PID), wait=False)

    assert (now.outcome, actions) == (Outcome.DONE, [Action.LAUNCH])
    assert told == [events.NodeSpawned("w1", PID), events.NodeLeftStarting("w1", PID, 0.0, None)]


def test_somebody_elses_start_is_shared_in() -> None:
    now, actions, told = follow(observed(State.STARTING, "importing proj"), startup.BecameReady())

    assert (now.outcome, actions) == (Outcome.DONE, [Action.AWAIT_READY])
    assert told == [
        events.NodeProgressed("w1", "importing proj"),
        events.NodeAlreadyRunning("w1", PID, "ready"),
    ]


def test_a_node_that_still_starts_as_fleet_yaml_was_says_so_at_once() -> None:
    _, _, told = follow(observed(State.STARTING, "connecting", ("--concurrency=2 is now 4",)))

    assert told[0] == events.Warned(
        "w1",
        "fleet.yaml has changed since it was started: --concurrency=2 is now 4; "
        "`fleetctl restart w1` brings it up to date",
    )


def test_another_start_that_came_first_makes_the_order_moot() -> None:
    now, actions, _ = follow(
        observed(State.STOPPED), observed(State.STARTING), startup.BecameReady()
    )

    assert now.outcome is Outcome.DONE
    assert actions == [Action.LAUNCH, Action.AWAIT_READY]


def test_when_time_is_up_a_booting_node_is_left_starting_with_what_it_last_said() -> None:
    now, _, told = follow(
        observed(State.STOPPED),
        startup.Spawned(PID),
        startup.Progressed("cannot reach redis://x: refused"),
        startup.TimeUp(),
    )

    assert now.outcome is Outcome.TIMED_OUT
    assert told[-1] == events.NodeLeftStarting("w1", PID, 4.0, "cannot reach redis://x: refused")


@pytest.mark.parametrize("given_up", [startup.TimeUp, startup.Interrupted])
def test_where_a_node_stands_in_the_end_is_told_rather_than_what_it_said_before(
    given_up: type[startup.TimeUp | startup.Interrupted],
) -> None:
    _, _, told = follow(
        observed(State.STOPPED),
        startup.Spawned(PID),
        startup.Progressed("importing proj:app"),
        given_up("importing proj:app, at proj.py:3 in <module>"),
    )

    assert told[-1] == events.NodeLeftStarting(
        "w1", PID, 4.0, "importing proj:app, at proj.py:3 in <module>"
    )


def test_when_time_is_up_a_draining_node_has_not_been_started() -> None:
    now, _, told = follow(observed(State.DRAINING), startup.TimeUp())

    assert now.outcome is Outcome.TIMED_OUT
    refusal = told[-1]
    assert isinstance(refusal, events.NodeRefused)
    assert "still draining" in refusal.reason


def test_an_interrupt_ends_the_waiting_not_the_node() -> None:
    now, _, told = follow(
        observed(State.STOPPED), startup.Spawned(PID), startup.Interrupted(), startup.TimeUp()
    )

    assert now.outcome is Outcome.INTERRUPTED
    assert told[-1] == events.NodeLeftStarting("w1", PID, 3.0, None)


def test_what_is_settled_stays_settled() -> None:
    before, _, _ = follow(observed(State.READY))

    assert advance(before, startup.Ended(CAUSE), 9.0) == (before, (), ())
