"""The ladder: which signal when, and what is told of it."""

from __future__ import annotations

import pytest

from fleetctl.operations import events, shutdown
from fleetctl.operations.outcome import Outcome
from fleetctl.operations.shutdown import Fact, Rung, Shutdown, advance, cold_ladder, warm_ladder
from fleetctl.runtime.formats import ActiveTask, Exit

PID = 4711
EARLY = ActiveTask("4be1", "proj.slow", 3.0)
LATE = ActiveTask("77aa", "proj.sure", 3.0, acks_late=True)
EXIT = Exit("launch", 0, None, 0.0)


def going_down(
    *facts: tuple[float, Fact], ladder: tuple[Rung, ...], cold: bool = False
) -> tuple[Shutdown, list[str], list[events.Event]]:
    """All signals and events when facts become known at their times; the stop begins at 0."""
    state = Shutdown("w1", PID, "prefork", ladder, began=0.0, cold=cold)
    signals: list[str] = []
    told: list[events.Event] = []
    for now, fact in [(0.0, shutdown.Begin()), *facts]:
        state, signal, said = advance(state, fact, now)
        signals += [signal] if signal else []
        told += said
    return state, signals, told


@pytest.mark.parametrize("pool", ["prefork", "gevent", "eventlet", "threads", "solo"])
def test_without_a_stop_timeout_there_is_term_and_nothing_more(pool: str) -> None:
    assert warm_ladder(pool, None, 10.0, 30.0) == (Rung("TERM", None),)


def test_prefork_climbs_by_quit_to_kill() -> None:
    assert warm_ladder("prefork", 60.0, 10.0, 0.0) == (
        Rung("TERM", 60.0),
        Rung("QUIT", 10.0),
        Rung("KILL", None),
    )


@pytest.mark.parametrize("pool", ["gevent", "eventlet", "threads", "solo"])
def test_pools_that_quit_would_break_climb_straight_to_kill(pool: str) -> None:
    assert warm_ladder(pool, 60.0, 10.0, 0.0) == (Rung("TERM", 60.0), Rung("KILL", None))
    assert cold_ladder(pool, busy=True) == (Rung("TERM", 2.0), Rung("KILL", None))


def test_an_idle_node_may_hand_back_what_it_prefetched_before_it_is_killed() -> None:
    assert cold_ladder("gevent", busy=False) == (Rung("TERM", 10.0), Rung("KILL", None))
    _, signals, _ = going_down(
        (0.5, shutdown.TasksSeen((EARLY,))),
        (1.0, shutdown.TasksSeen(())),
        (9.9, shutdown.Tick()),
        ladder=cold_ladder("gevent", busy=True),
        cold=True,
    )
    assert signals == ["TERM"]


def test_a_task_that_turns_up_late_is_cut_off_without_further_patience() -> None:
    _, signals, _ = going_down(
        (1.0, shutdown.TasksSeen((EARLY,))),
        (2.0, shutdown.Tick()),
        ladder=cold_ladder("gevent", busy=False),
        cold=True,
    )
    assert signals == ["TERM", "KILL"]


def test_kill_waits_for_the_apps_own_soft_shutdown() -> None:
    assert warm_ladder("prefork", 60.0, 10.0, 25.0)[1] == Rung("QUIT", 25.0)


def test_a_warm_stop_sends_one_term_however_long_it_takes() -> None:
    state, signals, told = going_down(
        (100.0, shutdown.Tick()),
        (9999.0, shutdown.Tick()),
        (10000.0, shutdown.Ended(EXIT, ())),
        ladder=warm_ladder("prefork", None, 10.0, 0.0),
    )

    assert (state.outcome, signals) == (Outcome.DONE, ["TERM"])
    assert told == [
        events.SignalSent("w1", PID, "TERM"),
        events.NodeStopped("w1", PID, EXIT, 10000.0),
    ]


def test_a_node_that_is_draining_already_is_not_told_twice() -> None:
    ladder = warm_ladder("prefork", 60.0, 10.0, 0.0)
    begun = Shutdown("w1", PID, "prefork", ladder, began=0.0, told=True, active=(EARLY,))

    state, signal, told = advance(begun, shutdown.Begin(), 0.0)

    assert (signal, told) == (None, (events.TasksRunning("w1", (EARLY,)),))
    assert advance(state, shutdown.Tick(), 60.0)[1] == "QUIT"


def test_each_rung_is_climbed_when_its_time_is_over_and_not_before() -> None:
    ladder = warm_ladder("prefork", 60.0, 10.0, 0.0)
    _, signals, _ = going_down((59.9, shutdown.Tick()), ladder=ladder)
    assert signals == ["TERM"]
    _, signals, _ = going_down((60.0, shutdown.Tick()), (69.9, shutdown.Tick()), ladder=ladder)
    assert signals == ["TERM", "QUIT"]
    state, signals, _ = going_down(
        (60.0, shutdown.Tick()), (70.0, shutdown.Tick()), (9999.0, shutdown.Tick()), ladder=ladder
    )
    assert signals == ["TERM", "QUIT", "KILL"]
    assert state.outcome is None


def test_force_tells_lost_from_requeued() -> None:
    state, _, told = going_down(
        (1.0, shutdown.TasksSeen((EARLY, LATE))),
        (60.0, shutdown.Tick()),
        (62.0, shutdown.Ended(EXIT, (EARLY, LATE))),
        ladder=warm_ladder("prefork", 60.0, 10.0, 0.0),
    )

    assert state.outcome is Outcome.FORCED
    assert told[-2] == events.SignalSent("w1", PID, "QUIT", "KILL", 10.0, (EARLY, LATE))
    assert told[-1] == events.NodeStopped("w1", PID, EXIT, 62.0, "QUIT", (EARLY,), (LATE,), True)


@pytest.mark.parametrize(
    ("pool", "soft", "fates"),
    [("prefork", False, True), ("prefork", True, False), ("threads", False, False)],
    ids=["at once", "with time for the tasks", "told when it is gone"],
)
def test_stop_now_tells_fates_where_its_last_signal_decides_them(
    pool: str, soft: bool, fates: bool
) -> None:
    begun = Shutdown(
        "w1",
        PID,
        pool,
        cold_ladder(pool, True),
        began=0.0,
        cold=True,
        active=(EARLY,),
        soft=soft,
    )
    _, _, told = advance(begun, shutdown.Begin(), 0.0)
    sent = next(event for event in told if isinstance(event, events.SignalSent))
    assert sent.fates is fates
    assert (events.TasksRunning("w1", (EARLY,)) in told) is not fates


def test_somebody_elses_kill_counts_as_force() -> None:
    state, signals, told = going_down(
        (5.0, shutdown.Ended(None, (EARLY,), by_others="KILL")),
        ladder=warm_ladder("prefork", None, 10.0, 0.0),
    )

    assert (state.outcome, signals) == (Outcome.FORCED, ["TERM"])
    assert told[-1] == events.NodeStopped("w1", PID, None, 5.0, "KILL", (EARLY,), (), True)


def test_force_that_was_asked_for_counts_only_if_it_cut_tasks_off() -> None:
    ladder = cold_ladder("gevent", busy=True)
    idle, _, _ = going_down(
        (2.0, shutdown.Tick()), (2.1, shutdown.Ended(None, ())), ladder=ladder, cold=True
    )
    busy, _, _ = going_down(
        (2.0, shutdown.Tick()), (2.1, shutdown.Ended(None, (EARLY,))), ladder=ladder, cold=True
    )

    assert (idle.outcome, busy.outcome) == (Outcome.DONE, Outcome.FORCED)


def test_tasks_are_told_when_they_change() -> None:
    _, _, told = going_down(
        (1.0, shutdown.TasksSeen((EARLY, LATE))),
        (2.0, shutdown.TasksSeen((LATE, EARLY))),
        (3.0, shutdown.TasksSeen((LATE,))),
        ladder=warm_ladder("prefork", None, 10.0, 0.0),
    )

    assert told[1:] == [
        events.TasksRunning("w1", (EARLY, LATE)),
        events.TasksRunning("w1", (LATE,)),
    ]


def test_the_time_that_was_given_is_told_not_a_little_less() -> None:
    _, _, told = going_down(
        (59.99, shutdown.TimeUp(60.0)), ladder=warm_ladder("prefork", None, 10.0, 0.0)
    )

    assert told[-1] == events.NodeStillStopping("w1", PID, 60.0, ())


def test_stop_does_not_say_that_it_waits() -> None:
    begun = Shutdown("w1", PID, "prefork", (Rung("TERM", None),), began=0.0, awaited=False)
    _, _, told = advance(begun, shutdown.Begin(), 0.0)

    assert told == (events.SignalSent("w1", PID, "TERM", awaited=False),)


@pytest.mark.parametrize(
    ("fact", "outcome"),
    [
        (shutdown.TimeUp(), Outcome.TIMED_OUT),
        (shutdown.Interrupted(), Outcome.INTERRUPTED),
    ],
)
def test_whoever_stops_watching_sends_nothing_more(fact: Fact, outcome: Outcome) -> None:
    state, signals, told = going_down(
        (1.0, shutdown.TasksSeen((EARLY,))),
        (2.0, fact),
        (60.0, shutdown.Tick()),
        ladder=warm_ladder("prefork", 60.0, 10.0, 0.0),
    )

    assert (state.outcome, signals) == (outcome, ["TERM"])
    assert told[-1] == events.NodeStillStopping("w1", PID, 2.0, (EARLY,))
