from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fleetctl.process.records import Damaged
from fleetctl.process.situation import Presence
from fleetctl.process.status import State
from fleetctl.runtime import formats
from fleetctl.runtime.formats import Asked, Cause
from tests.process.deriving import dead, killed
from tests.process.making import ALICE, TASK, asked, record, snapshot


def test_a_node_that_was_never_started_is_stopped() -> None:
    status = dead(record=None, presence=Presence.UNRECORDED, snapshot=None)
    assert (status.state, status.reason, status.since) == (State.STOPPED, None, None)


@pytest.mark.parametrize(
    "changes",
    [
        {"snapshot": snapshot(phase=formats.EXITED, told="TERM")},
        {"snapshot": snapshot(phase=formats.DRAINING, told="TERM")},
        {"snapshot": snapshot(phase=formats.DRAINING)},
    ],
)
def test_a_node_that_somebody_told_to_stop_is_stopped(changes: dict[str, Any]) -> None:
    status = dead(**changes)
    assert (status.state, status.reason, status.target) == (State.STOPPED, None, None)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"snapshot": snapshot(phase=formats.EXITED)},
        {"snapshot": None},
        {"exit": killed("TERM")},
    ],
)
def test_a_node_that_fleetctl_told_to_stop_says_who_did(changes: dict[str, Any]) -> None:
    status = dead(record=record(asked=[asked()]), **changes)
    assert (status.state, status.target) == (State.STOPPED, None)
    assert status.reason == "stopped by alice's `fleetctl stop w1`"


def test_a_long_drain_is_told_beside_who_began_it() -> None:
    long_ago = Asked(signal="TERM", at=1045.0 - 7200, by=ALICE)
    heard = snapshot(phase=formats.EXITED, told="TERM")
    status = dead(record=record(asked=[long_ago]), exit=killed(None, 0), snapshot=heard)
    assert status.reason == "stopped by alice's `fleetctl stop w1`, 2 h before it ended"


def test_a_stopped_node_that_had_to_be_killed_says_what_was_cut_off() -> None:
    drain = snapshot(phase=formats.DRAINING, active=[TASK, TASK])
    status = dead(record=record(asked=[asked("KILL")]), snapshot=drain, exit=killed())
    assert (status.state, status.since) == (State.STOPPED, 1045.0)
    assert status.reason == (
        "killed by alice's `fleetctl stop w1` while running proj.tasks.slow[4be1] and 1 more"
    )
    assert status.active == (TASK, TASK)


def test_a_node_that_was_cut_short_names_the_tasks_though_it_left_in_order() -> None:
    quit_ = replace(asked("QUIT"), cut=[TASK])
    gone = snapshot(phase=formats.EXITED, told="QUIT", active=[])
    status = dead(record=record(asked=[asked(), quit_]), snapshot=gone, exit=killed(None, 0))
    assert status.reason == (
        "cut short (SIGQUIT) by alice's `fleetctl stop w1` while running proj.tasks.slow[4be1]"
    )
    assert status.active == (TASK,)


def test_a_quit_that_cut_nothing_off_names_no_task() -> None:
    gone = snapshot(phase=formats.EXITED, told="QUIT", active=[])
    status = dead(record=record(asked=[asked("QUIT")]), snapshot=gone, exit=killed(None, 0))
    assert status.reason == "cut short (SIGQUIT) by alice's `fleetctl stop w1`"
    assert status.active == ()


def test_a_kill_that_nobody_saw_the_end_of_is_still_its_senders() -> None:
    assert (
        dead(record=record(asked=[asked("KILL")])).reason == "killed by alice's `fleetctl stop w1`"
    )
    killed_by_the_kernel = dead(record=record(asked=[asked("TERM")]), exit=killed())
    assert killed_by_the_kernel.reason == "killed by SIGKILL"


@pytest.mark.parametrize("signal", ["TERM", "KILL"])
def test_a_node_that_went_on_after_a_noted_signal_was_not_told_and_nobody_is_blamed(
    signal: str,
) -> None:
    status = dead(record=record(asked=[asked(signal, at=1040.0)]), exit=killed())
    assert (status.state, status.reason) == (State.CRASHED, "killed by SIGKILL")


def test_a_node_that_drained_long_after_a_noted_signal_was_told_all_the_same() -> None:
    drained = snapshot(phase=formats.EXITED, told="TERM")
    status = dead(record=record(asked=[asked(at=1040.0)]), snapshot=drained)
    assert status.state is State.STOPPED


def test_a_node_of_an_earlier_boot_is_stopped_since_the_reboot() -> None:
    status = dead(presence=Presence.EARLIER_BOOT)
    assert (status.state, status.reason, status.since) == (State.STOPPED, "since reboot", 930.0)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"snapshot": snapshot(phase=formats.FAILED, cause=Cause("app-error", "no module x"))},
            "no module x",
        ),
        (
            {
                "snapshot": snapshot(
                    phase=formats.FAILED, cause=Cause("app-error", "KeyError: 'x'", "/a.py", 3)
                )
            },
            "KeyError: 'x' at /a.py:3",
        ),
        ({"snapshot": None}, "gone before it was ready"),
        ({"snapshot": None, "exit": killed()}, "killed by SIGKILL before it was ready"),
        (
            {
                "snapshot": snapshot(phase=formats.BOOTING, ready_at=None, place="a.py:3 in f"),
                "exit": killed(None, 1),
            },
            "exited with code 1 before it was ready, at a.py:3 in f",
        ),
        (
            {"snapshot": snapshot(phase=formats.CONNECTING, ready_at=None)},
            "gone before it was ready",
        ),
    ],
)
def test_a_node_that_died_before_it_was_ready_has_failed(
    changes: dict[str, Any], reason: str
) -> None:
    status = dead(**changes)
    assert (status.state, status.reason) == (State.FAILED, reason)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"exit": killed()}, "killed by SIGKILL"),
        ({"exit": killed(None, 1)}, "exited with code 1"),
        ({}, "gone, nobody saw how"),
        ({"exit": Damaged("/e", "x")}, "gone, nobody saw how"),
        (
            {"exit": killed("SEGV"), "snapshot": snapshot(active=[TASK])},
            "killed by SIGSEGV while running proj.tasks.slow[4be1]",
        ),
        (
            {"exit": killed(None, 0), "snapshot": snapshot(phase=formats.EXITED)},
            "exited with code 0",
        ),
    ],
)
def test_a_node_that_was_ready_and_went_untold_has_crashed(
    changes: dict[str, Any], reason: str
) -> None:
    status = dead(**changes)
    assert (status.state, status.reason) == (State.CRASHED, reason)


LOST = Cause("broker", "cannot reach redis://h:6379/0: connection refused")


@pytest.mark.parametrize("told", [None, "shutdown"])
def test_a_ready_node_that_left_for_a_cause_of_its_own_has_crashed_with_it(
    told: str | None,
) -> None:
    last = snapshot(phase=formats.EXITED, told=told, cause=LOST)
    status = dead(snapshot=last, exit=killed(None, 0))
    assert (status.state, status.reason) == (State.CRASHED, LOST.message)


def test_a_ready_node_with_a_cause_that_was_asked_to_stop_is_stopped() -> None:
    last = snapshot(phase=formats.EXITED, told="TERM", cause=LOST)
    assert dead(snapshot=last, record=record(asked=[asked()])).state is State.STOPPED


def test_a_crash_whose_exit_is_not_on_disk_yet_is_dated_by_the_last_snapshot() -> None:
    assert dead().since == 1049.5


def test_a_crashed_node_still_names_its_last_tasks() -> None:
    assert dead(snapshot=snapshot(active=[TASK])).active == (TASK,)
