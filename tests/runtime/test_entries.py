"""What the launcher tells of a node's end, from what the node left behind."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fleetctl.runtime import entries
from fleetctl.runtime.entry import CutTask, Entry
from fleetctl.runtime.formats import (
    DRAINING,
    EXITED,
    FAILED,
    Asked,
    Cause,
    Exit,
    Invoker,
    Record,
    Snapshot,
)
from tests.process.making import ALICE, GONE, TASK, asked, record, snapshot

BOB = Invoker(user="bob", tty=None, command="fleetctl kill w1", pid=1)
LATE = replace(TASK, id="late", acks_late=True)
LOST = CutTask("4be1", "proj.tasks.slow", "lost")
REQUEUED = CutTask("late", "proj.tasks.slow", "requeued")


def ended(
    of: Record | None = None,
    last: Snapshot | None = None,
    *,
    signal: str | None = None,
    code: int | None = None,
) -> Entry:
    of = of or record()
    return entries.ended(of, last, Exit(of.launch, code, signal, 1045.0))


def test_a_start_names_who_asked_and_whether_the_spec_has_drifted() -> None:
    told = entries.started(record(), None)
    assert (told.what, told.by, told.pid, told.drift) == ("started", ALICE, GONE.pid, False)
    assert entries.started(record(), record(digest="old")).drift
    assert not entries.started(record(), record()).drift


def test_a_crash_names_the_tasks_it_cut_off_and_nobody() -> None:
    told = ended(last=snapshot(active=[TASK, LATE]), signal="KILL")
    assert (told.what, told.signal, told.by) == ("exit", "KILL", None)
    assert told.tasks == [LOST, REQUEUED]


def test_tasks_that_a_signal_of_ours_cut_off_are_told_with_the_signal() -> None:
    told = ended(record(asked=[asked("KILL")]), snapshot(active=[TASK]), signal="KILL")
    assert (told.by, told.tasks) == (ALICE, [])


def test_a_node_that_left_in_order_cut_nothing_off() -> None:
    told = ended(record(asked=[asked()]), snapshot(phase=EXITED, active=[TASK]), code=0)
    assert (told.what, told.code, told.by, told.tasks) == ("exit", 0, ALICE, [])


def test_an_end_is_that_ones_who_sent_the_signal_it_died_of() -> None:
    both = record(asked=[Asked("KILL", 1.0, BOB), asked("TERM")])
    assert ended(both, snapshot(), signal="KILL").by == BOB
    assert ended(both, snapshot(), code=0).by == ALICE
    assert ended(record(asked=[asked("TERM")]), snapshot(), signal="KILL").by is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"phase": FAILED, "cause": Cause("app-error", "no x", "a.py", 3)}, "no x at a.py:3"),
        ({"phase": FAILED, "cause": Cause("option", "no such option")}, "no such option"),
        ({"ready_at": None}, None),
    ],
)
def test_what_was_never_ready_has_failed_and_says_why(
    changes: dict[str, Any], reason: str | None
) -> None:
    told = ended(last=snapshot(**changes), code=1)
    assert (told.what, told.code, told.reason) == ("failed", 1, reason)


def test_what_was_told_to_stop_before_it_was_ready_has_not_failed() -> None:
    assert ended(record(asked=[asked()]), snapshot(ready_at=None), code=0).what == "exit"


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("TERM", "told to by a SIGTERM that fleetctl didn't send"),
        ("shutdown", "told to by remote control"),
        (None, None),
    ],
)
def test_a_stop_that_was_not_ours_says_so(told: str | None, reason: str | None) -> None:
    assert ended(last=snapshot(phase=DRAINING, told=told), code=0).reason == reason


def test_an_end_that_nobody_saw_is_dated_by_the_last_word() -> None:
    told = entries.unseen(record(), snapshot(active=[TASK]), GONE.boot_id)
    assert (told.what, told.at, told.code, told.signal) == ("exit", 1049.5, None, None)
    assert (told.tasks, told.reason) == ([LOST], None)
    assert entries.unseen(record(), None, GONE.boot_id).at == 1000.0


def test_an_end_with_the_machine_says_so() -> None:
    assert entries.unseen(record(), snapshot(), "another").reason == "the machine was rebooted"


def test_an_end_told_after_the_next_start_blames_nobody() -> None:
    told = entries.late(record(), snapshot(phase=EXITED, told="TERM"), Exit("L1", 0, None, 1045.0))

    assert (told.what, told.code, told.by) == ("exit", 0, None)
    assert told.reason == "before its latest start; told late"
