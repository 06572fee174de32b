from __future__ import annotations

from dataclasses import replace

import pytest

from fleetctl.display.ink import Tone
from fleetctl.display.phrases import phrase
from fleetctl.operations import events
from fleetctl.operations.events import Event
from fleetctl.runtime.formats import Cause
from tests.display.histories import UUID, active, left

SLOW = active("slow", 88.0)


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (events.NodeAlreadyRunning("w", 7, "ready"), "already running (pid 7)"),
        (
            events.NodeAlreadyRunning("w", 7, "disconnected"),
            "already running (pid 7), but disconnected",
        ),
        (
            events.NodeAlreadyRunning("w", 7, "unresponsive", reason="stopped (SIGSTOP)"),
            "already running (pid 7), but unresponsive: stopped (SIGSTOP)",
        ),
        (
            events.NodeAlreadyRunning("w", 7, "ready", reason="adopted: nothing is known"),
            "already running (pid 7)",
        ),
        (
            events.NodeAwaited("w", 7, (SLOW,)),
            "waiting for the old process to finish (pid 7), "
            "1 task running: proj.tasks.slow[4be1c0de] 12 s",
        ),
        (events.NodeSpawned("w", 7), "starting (pid 7)"),
        (events.NodeProgressed("w", "importing proj"), "importing proj"),
        (events.NodeReady("w", 7, 0.84), "ready in 0.8 s (pid 7)"),
        (events.NodeReady("w", 7, 0.04), "ready in < 0.1 s (pid 7)"),
        (events.NodeFailed("w", Cause("error", "boom"), None, ()), "failed: boom"),
        (
            events.NodeFailed("w", Cause("error", "boom in a.py:3", "a.py", 3), left(1), ()),
            "failed: boom in a.py:3 (exit code 1)",
        ),
        (
            events.NodeFailed("w", Cause("error", "boom", "a.py"), left(None, "KILL"), ()),
            "failed: boom at a.py (killed by SIGKILL)",
        ),
        (events.NodeLeftStarting("w", 7, 60.0, None), "still starting after 1 m 00 s (pid 7)"),
        (
            events.NodeLeftStarting("w", 7, 60.0, "connecting"),
            "still starting after 1 m 00 s (pid 7): connecting",
        ),
        (events.NodeRefused("w", "pid 7 is sshd"), "refused: pid 7 is sshd"),
        (events.NodeNotRunning("w", "stopped", None), "not running"),
        (
            events.NodeNotRunning("w", "crashed", "killed by SIGKILL"),
            "not running, crashed: killed by SIGKILL",
        ),
        (
            events.SignalSent("w", 7, "TERM"),
            "TERM sent (pid 7); no limit: waits as long as tasks run",
        ),
        (
            events.SignalSent("w", 7, "TERM", awaited=False),
            "TERM sent (pid 7); ends when its tasks are done",
        ),
        (events.SignalSent("w", 7, "TERM", "KILL", 2.0), "TERM sent (pid 7); KILL in 2.0 s"),
        (events.SignalSent("w", 7, "TERM", "QUIT"), "TERM sent (pid 7); QUIT next"),
        (events.SignalSent("w", 7, "KILL"), "KILL sent (pid 7)"),
        (events.TasksRunning("w", ()), "draining: no task is left"),
        (events.NodeStopped("w", 7, left(), 2.3), "stopped in 2.3 s (pid 7)"),
        (events.NodeStopped("w", 7, left(), 0.0), "stopped in < 0.1 s (pid 7)"),
        (events.NodeStopped("w", 7, left(1), 2.3), "stopped in 2.3 s (pid 7, exit code 1)"),
        (
            events.NodeStopped("w", 7, left(None, "KILL"), 2.3, "KILL"),
            "killed after 2.3 s (pid 7)",
        ),
        (events.NodeStopped("w", 7, None, 0.04, "KILL"), "killed (pid 7)"),
        (events.NodeStopped("w", 7, left(), 2.3, "QUIT"), "stopped by QUIT in 2.3 s (pid 7)"),
        (events.NodeStillStopping("w", 7, 60.0, ()), "still stopping after 1 m 00 s (pid 7)"),
        (events.OrphansFound("w", (8, 9)), "2 orphaned pool children: 8 9"),
        (events.RestartHalted("", down=("w",)), "the restart has halted"),
        (events.Warned("w", "mind"), "mind"),
    ],
)
def test_an_event_has_these_words(event: Event, text: str) -> None:
    assert phrase(event, 100.0).text == text


def test_tasks_that_a_signal_cuts_off_are_named_in_full() -> None:
    words = phrase(events.SignalSent("w", 7, "TERM", "KILL", 2.0, (SLOW,)), 100.0)
    assert words.details == (f"cuts off proj.tasks.slow[{UUID}], running for 12 s",)


def test_the_fate_of_tasks_is_told_with_the_signal_where_nobody_waits_for_their_end() -> None:
    late = replace(SLOW, acks_late=True)
    sent = events.SignalSent("w", 7, "QUIT", cut=(SLOW, late), fates=True)
    assert phrase(sent, 100.0).details == (
        f"lost: proj.tasks.slow[{UUID}], cut off after 12 s",
        f"requeued: proj.tasks.slow[{UUID}], cut off after 12 s",
    )


def test_a_killed_node_names_the_tasks_it_lost() -> None:
    words = phrase(events.NodeStopped("w", 7, None, 0.04, "KILL", (SLOW,)), 100.0)
    assert words.details == (f"lost: proj.tasks.slow[{UUID}]",)


def test_a_refusal_says_what_to_do() -> None:
    assert phrase(events.NodeRefused("w", "no", "yes"), 0.0).details == ("hint: yes",)


def test_a_halted_restart_says_how_each_node_is_left_and_how_to_go_on() -> None:
    halted = events.RestartHalted(
        "",
        restarted=("w1",),
        down=("w2",),
        refused=("w7",),
        starting=("w3",),
        draining=("w4",),
        untouched=("w5", "w6"),
    )
    assert phrase(halted, 0.0).details == (
        "w1: restarted",
        "w2: down",
        "w7: not started, its place is taken",
        "w3: still starting",
        "w4: draining, then down",
        "w5, w6: not touched",
        "hint: `fleetctl restart w2 w7 w3 w4 w5 w6` goes on from here",
    )


def test_every_event_there_is_has_words() -> None:
    kinds = [kind for kind in vars(events).values() if isinstance(kind, type)]
    told = [kind for kind in kinds if issubclass(kind, Event) and kind is not Event]
    assert len(told) >= 15
    assert not [kind for kind in told if phrase.dispatch(kind) is phrase.dispatch(Event)]


def test_an_event_without_words_is_a_bug_that_says_so() -> None:
    with pytest.raises(TypeError, match="no words for Event"):
        phrase(Event("w"), 0.0)


def test_what_runs_otherwise_than_fleet_yaml_says_tells_what_and_how_to_change_it() -> None:
    words = phrase(
        events.NodeAlreadyRunning("w", 7, "ready", ("--concurrency=2 is now --concurrency=4",)), 0.0
    )

    assert words.tone is Tone.WARN
    assert words.text == "already running (pid 7)"
    assert words.details == (
        "fleet.yaml has changed since it was started: --concurrency=2 is now --concurrency=4",
        "hint: `fleetctl restart w` brings it up to date",
    )
