from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fleetctl.process.records import Damaged
from fleetctl.process.situation import Presence
from fleetctl.process.status import State
from fleetctl.runtime import formats
from fleetctl.runtime.formats import Cause
from tests.process.deriving import living
from tests.process.making import GONE, TASK, asked, broker, record, snapshot


def test_a_node_whose_loop_answers_is_ready() -> None:
    status = living()
    assert (status.state, status.reason, status.target) == (State.READY, None, GONE)
    assert (status.since, status.uptime) == (1001.0, 50.0)


def test_a_node_that_reconnected_is_ready_since_then() -> None:
    assert living(snapshot=snapshot(broker=broker(since_at=1030.0))).since == 1030.0


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"snapshot": None, "record": record(started_monotonic=98.0)},
            "its process has begun",
        ),
        (
            {"snapshot": None, "record": record(started_monotonic=88.0)},
            "nothing heard of it for 12 s: can it write to its rundir?",
        ),
        (
            {"snapshot": Damaged("/r/x.snapshot.json", "not JSON")},
            "its x.snapshot.json is damaged: not JSON",
        ),
        (
            {"snapshot": snapshot(phase=formats.BOOTING, ready_at=None)},
            "importing proj.celery:app",
        ),
        (
            {"snapshot": snapshot(phase=formats.BOOTING, place="/srv/a.py:3 in <module>")},
            "importing proj.celery:app, at /srv/a.py:3 in <module>",
        ),
        (
            {"snapshot": snapshot(phase=formats.CONNECTING, broker=None)},
            "connecting to its broker",
        ),
        (
            {"snapshot": snapshot(phase=formats.CONNECTING, broker=broker(connected=False))},
            "connecting to redis://h:6379/0",
        ),
        (
            {"snapshot": snapshot(phase=formats.CONNECTING, broker=broker(error="refused"))},
            "cannot reach redis://h:6379/0: refused; retrying",
        ),
    ],
)
def test_a_starting_node_says_what_it_is_doing(changes: dict[str, Any], reason: str) -> None:
    status = living(**changes)
    assert (status.state, status.reason) == (State.STARTING, reason)
    assert (status.since, status.target) == (1000.0, GONE)


def test_a_node_without_its_broker_is_disconnected_since_then() -> None:
    away = broker(connected=False, since_at=1020.0, error="connection refused")
    status = living(snapshot=snapshot(broker=away, answered=20.0))
    assert (status.state, status.since) == (State.DISCONNECTED, 1020.0)
    assert status.reason == "cannot reach redis://h:6379/0: connection refused; retrying"


def test_a_disconnected_node_without_an_error_still_says_so() -> None:
    status = living(snapshot=snapshot(broker=broker(connected=False)))
    assert status.reason == "lost its connection to redis://h:6379/0; retrying"


@pytest.mark.parametrize(
    ("active", "reason"),
    [([TASK], "finishing 1 task"), ([TASK] * 3, "finishing 3 tasks")],
)
def test_a_draining_node_counts_the_tasks_it_finishes(active: list[Any], reason: str) -> None:
    status = living(snapshot=snapshot(phase=formats.DRAINING, active=active, answered=1.0))
    assert (status.state, status.reason) == (State.DRAINING, reason)
    assert status.active == tuple(active)


@pytest.mark.parametrize("phase", [formats.DRAINING, formats.EXITED])
def test_a_node_with_no_task_left_is_leaving(phase: str) -> None:
    status = living(snapshot=snapshot(phase=phase))
    assert (status.state, status.reason) == (State.DRAINING, "no task left, it is leaving")


def test_a_failed_node_that_still_lives_is_leaving() -> None:
    status = living(snapshot=snapshot(phase=formats.FAILED, cause=Cause("error", "no module x")))
    assert (status.state, status.reason) == (
        State.DRAINING,
        "failed and is leaving: no module x",
    )


def test_a_node_that_was_asked_to_stop_is_draining_before_it_says_so() -> None:
    status = living(record=record(asked=[asked()]), snapshot=snapshot(active=[TASK]))
    assert (status.state, status.since) == (State.DRAINING, 1049.0)
    assert status.reason == "told to stop (SIGTERM) by alice"


def test_a_node_asked_to_stop_before_its_first_word_is_draining() -> None:
    status = living(record=record(asked=[asked()]), snapshot=None)
    assert (status.state, status.reason) == (State.DRAINING, "told to stop (SIGTERM) by alice")


def test_a_node_that_answers_long_after_a_noted_signal_was_never_sent_it() -> None:
    status = living(record=record(asked=[asked(at=1044.0)]))
    assert (status.state, status.since, status.target) == (State.READY, 1001.0, GONE)
    assert status.reason == ("was to be stopped (SIGTERM) by alice, but the signal never came")


def test_a_node_in_trouble_whose_noted_signal_never_came_says_both() -> None:
    status = living(record=record(asked=[asked(at=1030.0)]), snapshot=snapshot(answered=93.0))
    assert status.state is State.UNRESPONSIVE
    assert status.reason == (
        "its loop hasn't answered for 7 s; "
        "was to be stopped (SIGTERM) by alice, but the signal never came"
    )


@pytest.mark.parametrize(
    "changes",
    [
        # A task blocks the main thread, where the signal waits; another one writes the snapshot.
        {"answered": 85.0, "pool": "solo", "active": [TASK]},
        {"answered": None},
        {"told": "TERM"},
        {"phase": formats.CONNECTING},
    ],
)
def test_a_noted_signal_that_may_have_been_sent_is_believed(changes: dict[str, Any]) -> None:
    asked_long_ago = record(asked=[asked(at=1040.0)])
    assert living(record=asked_long_ago, snapshot=snapshot(**changes)).state is State.DRAINING


def test_a_noted_signal_has_five_seconds_to_arrive() -> None:
    assert living(record=record(asked=[asked(at=1045.0)])).state is State.DRAINING


@pytest.mark.parametrize(("letter", "word"), [("T", "SIGCONT"), ("t", "debugger")])
def test_a_stopped_process_is_unresponsive_whatever_its_snapshot_says(
    letter: str, word: str
) -> None:
    status = living(letter=letter)
    assert status.state is State.UNRESPONSIVE
    assert word in str(status.reason)


@pytest.mark.parametrize(
    ("changes", "letter", "reason"),
    [
        ({}, "S", "nothing heard of it for 12 s"),
        ({"phase": formats.DRAINING}, "S", "nothing heard of it for 12 s, while it was draining"),
        ({"phase": formats.EXITED}, "S", "nothing heard of it for 12 s: it hangs on its way out"),
        (
            {},
            "D",
            "nothing heard of it for 12 s: its process waits for a disk or a network file system "
            "(state D)",
        ),
    ],
)
def test_a_node_that_fell_silent_is_unresponsive(
    changes: dict[str, Any], letter: str, reason: str
) -> None:
    status = living(letter=letter, snapshot=snapshot(written=88.0, **changes))
    assert (status.state, status.reason) == (State.UNRESPONSIVE, reason)


@pytest.mark.parametrize("lacking", ["full", "read-only"])
def test_a_node_that_cannot_write_to_its_rundir_says_so_instead_of_nothing(lacking: str) -> None:
    silent = living(rundir=lacking, snapshot=snapshot(written=93.0))
    assert silent.state is State.UNRESPONSIVE
    assert silent.reason == f"nothing heard of it for 7 s: its rundir is {lacking}"
    unheard = living(rundir=lacking, snapshot=None, record=record(started_monotonic=93.0))
    assert unheard.state is State.STARTING
    assert unheard.reason == f"nothing heard of it for 7 s: its rundir is {lacking}"


def test_a_node_whose_loop_is_stuck_is_unresponsive_since_its_last_answer() -> None:
    status = living(snapshot=snapshot(answered=93.0))
    assert (status.state, status.since) == (State.UNRESPONSIVE, 1043.0)
    assert status.reason == "its loop hasn't answered for 7 s"


def test_what_a_quit_has_cut_off_is_not_running_any_more() -> None:
    cutting = replace(asked("QUIT"), cut=[TASK])
    for phase in (formats.CONSUMING, formats.DRAINING):
        status = living(
            record=record(asked=[cutting]), snapshot=snapshot(phase=phase, active=[TASK])
        )
        assert (status.state, status.active) == (State.DRAINING, ())
        assert status.reason == "told to stop (SIGQUIT) by alice, which cuts off 1 task"


def test_a_loop_is_not_late_for_what_it_missed_while_the_broker_was_away() -> None:
    back = snapshot(answered=80.0, broker=broker(since=97.0))
    assert living(snapshot=back).state is State.READY
    long_back = snapshot(answered=80.0, broker=broker(since=90.0))
    assert living(snapshot=long_back).state is State.UNRESPONSIVE


def test_a_loop_that_is_slow_for_less_than_five_seconds_is_ready() -> None:
    assert living(snapshot=snapshot(answered=95.5)).state is State.READY


def test_a_busy_solo_node_is_ready() -> None:
    status = living(snapshot=snapshot(pool="solo", answered=10.0, active=[TASK]))
    assert (status.state, status.reason) == (State.READY, "busy with proj.tasks.slow")


def test_an_idle_solo_node_whose_loop_is_stuck_is_unresponsive() -> None:
    assert living(snapshot=snapshot(pool="solo", answered=10.0)).state is State.UNRESPONSIVE


def test_a_node_in_another_container_has_its_state_but_no_target() -> None:
    status = living(presence=Presence.ELSEWHERE, letter=None, uid=None)
    assert (status.state, status.target) == (State.READY, None)
    assert status.reason == "it runs in another container, out of a signal's reach"


def test_a_node_that_runs_as_another_user_is_not_ours_to_signal() -> None:
    status = living(uid=65534)
    assert (status.state, status.target) == (State.READY, None)
    assert status.reason == "it runs as nobody: not ours to signal"
