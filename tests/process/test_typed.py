from __future__ import annotations

from typing import Any

import pytest

from fleetctl.process.typed import conforms
from fleetctl.runtime.formats import ActiveTask, Snapshot
from tests.process.making import TASK, broker, snapshot


@pytest.mark.parametrize(
    ("value", "hint", "does"),
    [
        (1, int, True),
        (1, float, True),
        (1.5, int, False),
        (True, int, False),
        (False, float, False),
        ("1", int, False),
        (float("inf"), float, False),
        (10**400, int, False),
        (None, int | None, True),
        ("x", int | None, False),
        (["a"], list[str], True),
        (["a", 1], list[str], False),
        ({"a": 1}, list[str], False),
        (TASK, ActiveTask, True),
        (ActiveTask(id="1", name="t", started="now"), ActiveTask, False),  # type: ignore[arg-type]
        (snapshot(broker=broker(), active=[TASK]), Snapshot, True),
        (snapshot(broker=broker(connected="yes")), Snapshot, False),
        (snapshot(active=[None]), Snapshot, False),
    ],
)
def test_a_value_is_what_its_type_promises_all_the_way_down(
    value: object, hint: Any, does: bool
) -> None:
    assert conforms(value, hint) is does
