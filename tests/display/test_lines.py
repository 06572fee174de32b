from __future__ import annotations

from collections.abc import Iterable

import pytest

from fleetctl.display.lines import Lines
from fleetctl.operations import events
from fleetctl.operations.events import Event
from tests.display.histories import DRAIN, START, STOPPED, active


def told(history: Iterable[tuple[float, Event]]) -> list[str]:
    lines = Lines()
    return [line for now, event in history for line in lines.apply(event, now)]


def test_a_start_is_told_one_line_an_event() -> None:
    assert told(START) == [
        "w1: starting (pid 4711)",
        "io: starting (pid 4712)",
        "crunch1: already running (pid 4600)",
        "crunch2: starting (pid 4713)",
        "w1: ready in 0.8 s (pid 4711)",
        "crunch2: failed: ModuleNotFoundError: No module named 'psycopg3' at "
        "/srv/proj/celery.py:3 (exit code 1)",
        "crunch2:   Traceback (most recent call last):",
        'crunch2:     File "/srv/proj/celery.py", line 3, in <module>',
        "crunch2:       import psycopg3",
        "crunch2:   ModuleNotFoundError: No module named 'psycopg3'",
    ]


def test_a_drain_tells_signal_ladder_tasks_and_losses() -> None:
    lines = told([*DRAIN, (161.5, STOPPED)])
    assert lines[:2] == [
        "w1: TERM sent (pid 4711); QUIT in 1 m 00 s",
        "io: TERM sent (pid 4712); no limit: waits as long as tasks run",
    ]
    assert lines[3] == "io: draining, 1 task running: proj.tasks.mail[4be1c0de] 2.5 s"
    assert lines[4:6] == [
        "w1: stopped by QUIT in 1 m 01 s (pid 4711)",
        "w1:   lost: proj.tasks.slow[0be1c0de-9f3a]",
    ]


def test_running_tasks_are_repeated_every_thirty_seconds_and_a_node() -> None:
    history = [
        (100.0 + second, events.TasksRunning(node, (active("slow", 90.0),)))
        for second in range(61)
        for node in ("w1", "w2")
    ]
    lines = told(history)
    assert [line for line in lines if line.startswith("w1")] == [
        "w1: draining, 1 task running: proj.tasks.slow[4be1c0de] 10 s",
        "w1: draining, 1 task running: proj.tasks.slow[4be1c0de] 40 s",
        "w1: draining, 1 task running: proj.tasks.slow[4be1c0de] 1 m 10 s",
    ]
    assert len(lines) == 6


def test_progress_is_told_once_it_has_lasted() -> None:
    lines = Lines()
    assert lines.apply(events.NodeProgressed("w1", "importing proj"), 100.0) == []
    assert lines.due(101.9) == []
    assert lines.due(102.0) == ["w1: importing proj"]
    assert lines.due(200.0) == []


def test_progress_is_not_told_of_a_node_that_is_ready_by_then() -> None:
    lines = Lines()
    lines.apply(events.NodeProgressed("w1", "importing proj"), 100.0)
    lines.apply(events.NodeReady("w1", 4711, 0.8), 100.8)
    assert lines.due(103.0) == []


def test_the_same_progress_is_told_once_however_often_it_comes() -> None:
    lines = Lines()
    told = []
    for second in range(20):
        lines.apply(events.NodeProgressed("w1", "cannot reach redis://x"), 100.0 + 4 * second)
        told += lines.due(102.0 + 4 * second)
    assert told == ["w1: cannot reach redis://x"]


def test_a_drain_without_news_is_told_every_thirty_seconds_until_it_ends() -> None:
    lines = Lines()
    lines.apply(events.TasksRunning("w1", (active("slow", 90.0),)), 100.0)
    assert [second for second in range(100) if lines.due(100.0 + second)] == [30, 60, 90]
    lines.apply(STOPPED, 200.0)
    assert lines.due(300.0) == []


def test_a_warning_about_all_names_no_node() -> None:
    assert told([(1.0, events.Warned("", "mind"))]) == ["mind"]
    assert told([(1.0, events.Warned("w1", "mind"))]) == ["w1: mind"]


def test_lines_hold_no_controls_and_stay_one_line() -> None:
    history = [(1.0, events.Warned("w\n1", "a\x1b[2Jb\nc"))]
    assert told(history) == ["w\\n1: a\\x1b[2Jb\\nc"]


def test_the_summary_counts_what_was_told() -> None:
    lines = Lines()
    for now, event in START:
        lines.apply(event, now)
    assert lines.summary() == "1 started, 1 already running, 1 failed"


@pytest.mark.parametrize(
    "event",
    [
        events.NodeReady("w1", 7, 0.5),
        events.NodeAlreadyRunning("w1", 7, "ready", ("queues",)),
        events.NodeLeftStarting("w1", 7, 0.0, None),
        events.SignalSent("w1", 7, "QUIT", cut=(active("slow", 90.0),)),
        events.NodeStopped("w1", 7, None, 0.1, "KILL", lost=(active("slow", 90.0),)),
        events.Warned("", "queue mail has no other consumer while w1 restarts"),
    ],
    ids=["ready", "drifted", "not waited for", "now", "killed as asked", "warned of"],
)
def test_with_only_trouble_nothing_is_told_of_what_was_asked_for(event: Event) -> None:
    lines = Lines(only_trouble=True)
    assert lines.apply(event, 100.0) == []
    assert lines.summary() == ""
    assert Lines().apply(event, 100.0) != []


@pytest.mark.parametrize(
    "event",
    [
        events.NodeAlreadyRunning("w1", 7, "disconnected"),
        events.NodeLeftStarting("w1", 7, 60.0, None),
        events.NodeRefused("w1", "no"),
        events.NodeStillStopping("w1", 7, 60.0, ()),
        events.NodeStopped("w1", 7, None, 60.0, "QUIT", amiss=True),
        events.OrphansFound("w1", (7,)),
        events.RestartHalted("", down=("w1",)),
        events.Warned("w1", "not in the history: disk full", failed=True),
    ],
    ids=lambda event: type(event).__name__,
)
def test_with_only_trouble_what_went_wrong_is_told(event: Event) -> None:
    assert Lines(only_trouble=True).apply(event, 100.0) != []
