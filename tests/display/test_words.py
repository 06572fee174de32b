from __future__ import annotations

import pytest

from fleetctl.display import words
from fleetctl.operations.report import RunningTask
from fleetctl.runtime.formats import ActiveTask

SLOW = RunningTask(id="4be1c0de-9f3a", name="proj.slow", runtime=42.0)
MAIL = RunningTask(id="91aa0b1c-1111", name="proj.mail", runtime=3.0)


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (0, "0 K"),
        (800 << 10, "800 K"),
        (1000 << 10, "1 M"),
        (48 << 20, "48 M"),
        (999 << 20, "999 M"),
        (1000 << 20, "1.0 G"),
        (1229 << 20, "1.2 G"),
        (12 << 30, "12 G"),
    ],
)
def test_a_size_takes_five_cells_at_most(octets: int, text: str) -> None:
    assert words.size(octets) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (18231, "18231"), (99_999, "99999"), (183_400, "183 k"), (2_400_000, "2.4 M")],
)
def test_a_count_is_exact_as_long_as_it_is_short(number: int, text: str) -> None:
    assert words.count(number) == text


def test_one_is_singular_and_children_are_children() -> None:
    assert words.plural(1, "task") == "1 task"
    assert words.plural(0, "task") == "0 tasks"
    assert words.orphans((4711,)) == "1 orphaned pool child: 4711"
    assert words.orphans((4711, 4712)) == "2 orphaned pool children: 4711 4712"


def test_tasks_beyond_the_limit_are_counted() -> None:
    assert words.task_list([SLOW, MAIL]) == "proj.slow[4be1c0de] 42 s, proj.mail[91aa0b1c] 3.0 s"
    assert words.task_list([SLOW, MAIL, MAIL], limit=1) == "proj.slow[4be1c0de] 42 s + 2 more"


def test_running_tasks_come_longest_first_and_never_run_for_less_than_nothing() -> None:
    seen = [
        ActiveTask("a", "young", 99.0),
        ActiveTask("b", "old", 10.0),
        ActiveTask("c", "x", 101.0),
    ]
    assert [(task.name, task.runtime) for task in words.running(seen, now=100.0)] == [
        ("old", 90.0),
        ("young", 1.0),
        ("x", 0.0),
    ]


def test_a_task_that_must_be_looked_up_keeps_its_whole_id() -> None:
    assert words.task(SLOW, whole_id=True) == "proj.slow[4be1c0de-9f3a]"
    assert words.task(RunningTask(id="\x07", name="a\nb", runtime=1)) == "a\\nb[\\x07]"
