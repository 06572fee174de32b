"""Which records are asked for."""

from __future__ import annotations

import os

import pytest

from fleetctl.errors import UsageError
from fleetctl.logs.forms import Forms
from fleetctl.logs.splitter import Batch
from fleetctl.logs.wanted import Wanted, grep, of_task
from tests.logs.making import record

ID = "4be1c0de-1111-2222-3333-444455556666"


@pytest.mark.parametrize(
    ("wanted", "text", "found"),
    [
        (ID, f"Task shop.pay[{ID}] received", True),
        ("4be1c0de", f"Task shop.pay[{ID}] received", True),
        ("shop.pay", f"Task shop.pay[{ID}] received", True),
        ("shop.pay", f"shop.pay[{ID}]: charged", True),
        ("order-77", "Task shop.pay[order-77] received", True),
        ("4be1c0de", f"Task shop.pay[x{ID}] received", False),
        ("shop.pay", "Task shop.pay_all[1] received", False),
        ("shop.pay", "Task shop.pay.later[1] received", False),
        ("pay", f"Task shop.pay[{ID}] received", False),
        ("order-7", "Task shop.pay[order-77] received", False),
        ("shop.pay", "Received unregistered task of type 'shop.pay'.", True),
        ("shop.pay", "Scheduler: Sending due task nightly (shop.pay)", True),
        ("nightly", "Scheduler: Sending due task nightly (shop.pay)", False),
        ("shop.pay", '{"task": "shop.pay", "event": "charged"}', True),
        ("pay", '{"task": "shop.pay", "event": "pay"}', False),
        ("pay", "Connection to pay broker", False),
        ("shop.pay", "see shop.pay for more", False),
        ("pa\udcff", "Task pa\udcff[1] received", True),
        ("p\udcff", "Task p[1] received", False),
    ],
)
def test_a_task_is_known_by_its_id_the_first_of_it_or_its_name(
    wanted: str, text: str, found: bool
) -> None:
    assert of_task(wanted)(os.fsencode(text), Forms()) is found


@pytest.mark.parametrize(
    ("wanted", "text", "found"),
    [
        ("pay", f"Task shop.tasks.pay[{ID}] received", True),
        ("tasks.pay", f"Task shop.tasks.pay[{ID}] received", True),
        ("pay", f"Task pay[{ID}] received", True),
        ("shop", f"Task shop.tasks.pay[{ID}] received", False),
        ("pay", f"Task shop.repay[{ID}] received", False),
        ("pay", f"Task shop.pre-pay[{ID}] received", False),
        ("pay", "ready to a.pay now", False),
        ("pay", "Scheduler: Sending due task nightly (shop.pay)", True),
        ("pay", "Scheduler: Sending due task nightly (shop.repay)", False),
        ("pay", "Received unregistered task of type 'shop.pay'.", True),
        ("pay", '{"task": "shop.pay", "event": "charged"}', True),
        ("pay", '{"task": "shop.repay", "event": "pay"}', False),
        (ID[:8], f"Task shop.pay[x{ID}] received", False),
    ],
)
def test_the_end_of_a_name_will_do_where_it_is_asked_for(
    wanted: str, text: str, found: bool
) -> None:
    assert of_task(wanted, by_end=True)(os.fsencode(text), Forms()) is found


def test_a_format_of_ones_own_says_where_the_name_and_the_id_of_a_task_are() -> None:
    forms = Forms(["%(asctime)s %(levelname)s %(task_name)s %(task_id)s %(message)s"])
    text = b"2026-11-22 20:00:00,000 INFO shop.pay 77 charged pay"
    assert of_task("shop.pay")(text, forms)
    assert of_task("77")(text, forms)
    assert of_task("pay", by_end=True)(text, forms)
    assert not of_task("pay")(text, forms)
    assert not of_task("charged", by_end=True)(text, forms)


@pytest.mark.parametrize(
    ("pattern", "text", "options", "found"),
    [
        ("ValueError", "x\nValueError: y", {}, True),
        ("^ValueError", "x\nValueError: y", {}, True),
        ("valueerror", "ValueError", {}, False),
        ("valueerror", "ValueError", {"ignore_case": True}, True),
        ("x", "y", {"invert": True}, True),
        ("caf.$", "café", {}, True),
        ("CAFÉ", "café", {"ignore_case": True}, True),
        ("é", "plain", {}, False),
    ],
)
def test_a_pattern_is_looked_for_in_the_whole_record(
    pattern: str, text: str, options: dict[str, bool], found: bool
) -> None:
    assert grep(pattern, **options)(text.encode()) is found


@pytest.mark.parametrize("pattern", ["(", "a{99999999999}", "[z-a]"])
def test_what_is_no_pattern_is_said_to_be_none(pattern: str) -> None:
    with pytest.raises(UsageError, match="--grep"):
        grep(pattern)


def test_time_and_level_bound_what_is_kept() -> None:
    levels = ("DEBUG", "INFO", "WARNING", "ERROR")
    texts = [record(n, level=level).encode() for n, level in enumerate(levels)]
    batch = Batch([0.0, 1.0, 2.0, 3.0], texts)
    assert Wanted(level=30).keep(batch, Forms()).times == [2.0, 3.0]
    assert Wanted(since=1, until=2).keep(batch, Forms()).times == [1.0, 2.0]
    assert Wanted(tests=(grep("record=3"),)).keep(batch, Forms()).times == [3.0]
    assert Wanted().keep(batch, Forms()) is batch


def test_where_nothing_more_can_come_reading_may_stop() -> None:
    assert Wanted(until=10).is_past(16)
    assert not Wanted(until=10).is_past(14)
    assert Wanted(since=10).is_before(4)
    assert not Wanted(since=10).is_before(0), "no time is known"
    assert not Wanted().is_past(1e12)
