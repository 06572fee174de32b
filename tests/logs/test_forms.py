"""Where records begin, and what their headers say."""

from __future__ import annotations

import pytest

from fleetctl.logs.custom import patterns
from fleetctl.logs.forms import Forms, Lines, sniff
from fleetctl.logs.parsed import Record
from fleetctl.logs.record import ERROR, INFO, LEVELS

CELERY = b"[2026-11-22 20:15:00,123: WARNING/ForkPoolWorker-3] Task shop.pay[4be1c0de] retry: later"
TASK = b"[2026-11-22 20:15:00,123: INFO/MainProcess] shop.pay[4be1c0de-aa]: charged\n  twice"
DJANGO = "%(levelname)s %(asctime)s %(module)s %(process)d %(message)s"
PADDED = "%(asctime)s.%(msecs)03d | %(levelname)-8s | %(name)s | %(message)s"
OWN_TASK = "[%(asctime)s] %(levelname)s %(task_name)s(%(task_id)s) %(message)s"


def parse(text: bytes, *formats: str) -> Record:
    return Forms(formats).parse(text)


def starts(text: bytes, *formats: str) -> bool:
    return Forms(formats).known_in(text)


def test_a_workers_record_is_taken_apart() -> None:
    record = parse(CELERY)
    assert (record.level, record.process) == ("WARNING", "ForkPoolWorker-3")
    assert record.message == "Task shop.pay[4be1c0de] retry: later"
    assert (record.task_name, record.task_id) == ("shop.pay", "4be1c0de")
    assert record.time is not None


def test_a_task_loggers_record_is_of_its_task_and_keeps_its_lines() -> None:
    record = parse(TASK)
    assert (record.task_name, record.task_id) == ("shop.pay", "4be1c0de-aa")
    assert record.extra == ("  twice",)


def test_beats_record_is_like_a_workers() -> None:
    text = b"[2026-11-22 20:15:00,123: INFO/Beat] Scheduler: Sending due task tick (shop.tick)"
    record = parse(text)
    assert (record.process, record.level, record.task_id) == ("Beat", "INFO", None)


@pytest.mark.parametrize(
    ("line", "level", "message"),
    [
        (b"2026-11-22T20:15:00.5Z INFO started", "INFO", "started"),
        (b"2026-11-22 20:15:00+01:00 [error] lost", "ERROR", "lost"),
        (b"2026-11-22 20:15:00,123 - warning - x", "WARNING", "x"),
        (b"[2026-11-22 20:15:00] plain", None, "plain"),
        (b"\x1b[1;33m[2026-11-22 20:15:00,123: WARNING/MainProcess] x", "WARNING", "x"),
    ],
)
def test_a_line_with_a_time_before_it_is_a_record(
    line: bytes, level: str | None, message: str
) -> None:
    assert starts(line)
    assert (parse(line).level, parse(line).message) == (level, message)


@pytest.mark.parametrize(
    "line",
    [
        b"Traceback (most recent call last):",
        b'  File "x.py", line 1, in <module>',
        b" [2026-11-22 20:15:00,123: INFO/MainProcess] indented, so somebody's quotation",
        b"20:15:00 no date",
        b"{not json",
        b"INFO:name:logging's own default has no time",
        b"",
    ],
)
def test_what_is_of_no_known_form_begins_no_record(line: bytes) -> None:
    assert not starts(line)


@pytest.mark.parametrize(
    ("form", "line", "expected"),
    [
        (DJANGO, b"ERROR 2026-11-22 20:15:00,123 views 4711 it broke", ("ERROR", None, None)),
        (PADDED, b"2026-11-22 20:15:00,123.123 | INFO     | a.b | x", ("INFO", None, None)),
        (
            OWN_TASK,
            b"[2026-11-22 20:15:00,123] INFO shop.pay(4be1) x",
            ("INFO", "shop.pay", "4be1"),
        ),
        (
            "%(created)f %(levelname)s: %(message)s",
            b"1795635820.5 WARNING: x",
            ("WARNING", None, None),
        ),
        ("100%% %(levelname)s %(message)s", b"100% INFO x", ("INFO", None, None)),
    ],
)
def test_a_format_that_fleet_yaml_tells_is_understood(
    form: str, line: bytes, expected: tuple[str | None, ...]
) -> None:
    assert starts(line, form)
    record = parse(line, form)
    assert (record.level, record.task_name, record.task_id) == expected
    assert record.message in ("x", "it broke")


def test_celerys_own_form_is_known_beside_a_format_that_is_told() -> None:
    assert parse(CELERY, DJANGO).level == "WARNING"


@pytest.mark.parametrize("form", ["%(message)s", "%(name)s %(message)s", "%(levelname)s only"])
def test_a_format_that_tells_no_record_from_any_line_is_of_no_use(form: str) -> None:
    assert patterns(form) is None


def test_a_json_line_is_taken_apart_with_all_it_says_beside() -> None:
    line = (
        b'{"event": "paid", "level": "error", "timestamp": "2026-11-22T20:15:00Z", "task_id": "4b",'
        b' "task_name": "pay", "amount": 3, "exception": "Traceback (a):\\n  x"}'
    )
    record = parse(line)
    assert (record.message, record.level, record.task_id) == ("paid", "ERROR", "4b")
    assert record.time == 1795378500.0
    assert record.extra == ("Traceback (a):", "  x")
    assert record.fields == {"amount": 3}


@pytest.mark.parametrize("line", [b'{"broken', b'{"a": 1} and more', b'{"' + b"[" * 100_000])
def test_what_only_begins_like_json_is_text(line: bytes) -> None:
    assert parse(line).message == line.decode()


def test_levels_weigh_what_python_gives_them() -> None:
    assert Forms().level(CELERY) == LEVELS["WARNING"]
    assert Forms().level(b"\nno header") == INFO
    assert Forms().level(b"\nTraceback (most recent call last):\n  x") == ERROR


def test_a_file_in_which_nothing_is_known_is_read_line_by_line() -> None:
    forms = Forms()
    assert isinstance(sniff(forms, b"what\never\n", b""), Lines)
    assert sniff(forms, b"", CELERY) is forms
    assert sniff(forms, CELERY, b"tail of a long record") is forms
    assert sniff(forms, b"", b"") is forms


def test_bytes_that_are_no_utf_8_are_spelled_out() -> None:
    assert parse(b"[2026-11-22 20:15:00,123: INFO/Main] caf\xe9").message == "caf\\xe9"
