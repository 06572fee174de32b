"""Records on a terminal, in a pipe, and as JSON: golden text."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from fleetctl.display import log_colours, log_json
from fleetctl.display.log_lines import TerminalLog
from fleetctl.display.log_plain import PlainLog, harmless, raw
from fleetctl.display.log_words import words
from fleetctl.display.symbols import ASCII, UNICODE, Symbols
from fleetctl.display.text import cells
from fleetctl.logs import events
from fleetctl.logs.forms import Forms
from fleetctl.logs.record import Entry
from fleetctl.runtime.entry import CutTask
from fleetctl.runtime.entry import Entry as Told

NAMES = ("crunch", "mail")
MOMENT = 1795378500.123
HEADER = b"[2026-11-22 20:15:00,123: %s/%s] "
TRACE = b"""Traceback (most recent call last):
  File "/venv/lib/python3.11/site-packages/celery/app/trace.py", line 564, in trace_task
    R = retval = fun(*args, **kwargs)
  File "/srv/shop/tasks.py", line 34, in pay
    raise ValueError(message)
ValueError: no money
"""


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def entry(text: bytes, name: str = "crunch", moment: float = MOMENT) -> Entry:
    return moment, name, text


def record(message: bytes, level: bytes = b"INFO", process: bytes = b"MainProcess") -> bytes:
    return HEADER % (level, process) + message


def terminal(
    *, width: int = 60, symbols: Symbols = UNICODE, colours: bool = False, **options: bool
) -> TerminalLog:
    chosen = log_colours.by_node(NAMES) if colours else {}
    today = date(2026, 11, 22)
    forms = {name: Forms() for name in NAMES}
    return TerminalLog(forms, symbols=symbols, colours=chosen, today=today, **options)


def drawn(*entries: Entry, width: int = 60, prefixed: bool = True, cut: bool = False) -> list[str]:
    return terminal(prefixed=prefixed, cut=cut).render(entries, width).splitlines()


def test_a_record_is_its_node_time_level_and_message() -> None:
    lines = drawn(
        entry(record(b"one")),
        entry(record(b"two", b"WARNING"), "mail"),
        entry(record(b"three", b"CRITICAL", b"ForkPoolWorker-1")),
    )
    assert lines == [
        "crunch │ 20:15:00.123 INFO  one",
        "mail   │ 20:15:00.123 WARN  two",
        "crunch │ 20:15:00.123 CRIT  three",
    ]


def test_where_there_is_room_the_process_is_said_too() -> None:
    (line,) = drawn(entry(record(b"x", process=b"ForkPoolWorker-1")), width=120)
    assert line == "crunch │ 20:15:00.123 INFO  ForkPoolWorker-1 x"


def test_long_lines_wrap_beside_their_node_or_are_cut() -> None:
    text = record(b"word " * 10 + b"x" * 70 + b"\n    " + b"y" * 60)
    lines = drawn(entry(text))
    assert all(cells(line) <= 60 for line in lines)
    assert [line.index(line.lstrip(" │")) for line in lines[1:-2]] == [11] * (len(lines) - 3)
    assert lines[0] == "crunch │ 20:15:00.123 INFO  word word word word word word"
    assert lines[-2].startswith("       │     yyyy")
    assert lines[-1].startswith("       │       yyyy")
    assert drawn(entry(text), cut=True) == [
        "crunch │ 20:15:00.123 INFO  word word word word word word w…",
        "       │     " + "y" * 46 + "…",
    ]


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    texts = [record("漢字 ".encode() * 60), record(b"z" * 500 + b"\n" + TRACE)]
    for line in drawn(*map(entry, texts), width=width):
        assert cells(line) <= width


def test_a_record_of_no_known_form_is_shown_as_it_is() -> None:
    lines = drawn(entry(b"\nTraceback\n  x"), entry(b"plain words", "mail"))
    assert lines == ["       │ Traceback", "       │   x", "mail   │ plain words"]


def test_another_day_is_said_once() -> None:
    lines = drawn(entry(record(b"a"), moment=MOMENT - 86400), entry(record(b"b")))
    assert lines[0] == "· 2026-11-21"
    assert lines[2] == "· 2026-11-22"
    assert len(lines) == 4


def test_no_prefix_leaves_the_node_out() -> None:
    assert drawn(entry(record(b"x")), prefixed=False) == ["20:15:00.123 INFO  x"]


def test_json_records_show_what_they_say_beside() -> None:
    text = b'{"event": "paid", "level": "info", "timestamp": "2026-11-22T20:15:00Z", "sum": [1, 2]}'
    (line,) = drawn(entry(text, moment=MOMENT))
    assert line == "crunch │ 20:15:00.123 INFO  paid  sum=[1, 2]"


def test_without_unicode_there_is_a_twin_of_every_sign() -> None:
    log = terminal(symbols=ASCII)
    assert log.render([entry(record(b"x"))], 60) == "crunch | 20:15:00.123 INFO  x\n"
    assert log.marker("mail", "was rotated", 60) == "mail   | | was rotated\n"


def test_colours_are_by_node_level_and_traceback_and_left_behind_nowhere() -> None:
    log = terminal(colours=True)
    page = log.render([entry(record(b"bad\n", b"ERROR") + TRACE)], 100)
    assert "\x1b[31mERROR\x1b[0m" in page
    assert "\x1b[1;31mValueError: no money\x1b[0m" in page
    assert '│ \x1b[0m  File "/srv/shop/tasks.py", line 34, in pay\n' in page
    assert "\x1b[2m    R = retval" in page
    for line in page.splitlines():
        codes = re.findall(r"\x1b\[([\d;]+)m", line)
        assert codes[1::2] == ["0"] * (len(codes) // 2)
        assert len(codes) % 2 == 0


def test_a_nodes_colour_is_the_same_every_day_and_no_others() -> None:
    fleet = [f"w{number}" for number in range(8)]
    colours = log_colours.by_node(fleet)
    assert len(set(colours.values())) == 8
    assert colours == log_colours.by_node(fleet)
    assert len(log_colours.by_node([*fleet, "w8", "w9"])) == 10


INJECTION = b"\x1b]0;owned\x07\x1b[2J\x9b31m\x08\r \xe2\x80\xae ok"


def test_nothing_a_terminal_would_obey_is_passed_on() -> None:
    for page in (
        terminal().render([entry(record(INJECTION + b"\n" + INJECTION))], 80),
        PlainLog(NAMES).render([entry(record(INJECTION))]).decode(),
        harmless(raw([entry(INJECTION)])).decode(),
        log_json.render([entry(record(INJECTION))], {"crunch": Forms()}),
    ):
        assert all(line.isprintable() for line in page.splitlines())
        assert "ok" in page


def test_in_a_pipe_every_line_bears_its_nodes_name() -> None:
    page = PlainLog(NAMES).render([entry(record(b"a\n  b\n")), entry(b"\nafter", "mail")])
    assert page.decode().splitlines() == [
        "crunch | [2026-11-22 20:15:00,123: INFO/MainProcess] a",
        "crunch |   b",
        "mail   | after",
    ]
    assert PlainLog(NAMES, prefixed=False).render([entry(b"x\ty")]) == b"x\ty\n"


def test_raw_is_what_the_file_has() -> None:
    assert raw([entry(b"a\n  b"), entry(INJECTION)]) == b"a\n  b\n" + INJECTION + b"\n"


def test_a_json_object_has_what_is_known() -> None:
    line = log_json.render([entry(b"\nno header", moment=1e300)], {"crunch": Forms()})
    assert json.loads(line) == {
        "node": "crunch",
        "time": None,
        "level": None,
        "process": None,
        "task": None,
        "message": "no header",
        "extra": [],
    }


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (events.Rotated("w1", Path("/srv/log/w1.log")), "log/w1.log was rotated"),
        (events.Emptied("w1", Path("/srv/log/w1.log")), "log/w1.log was truncated"),
        (
            events.Removed("w1", Path("/var/w1.log")),
            "/var/w1.log was removed; waiting for a new one",
        ),
        (events.Awaited("w1", Path("/srv/w1.log")), "no log yet: w1.log"),
        (events.Appeared("w1", Path("/srv/w1.log")), "w1.log is there now"),
        (events.Unreadable("w1", Path("/srv/a\x1b"), "is a fifo"), "cannot read a\\x1b: is a fifo"),
        (events.Joined("w1"), "is in fleet.yaml now; followed"),
        (events.Reported(Told(0.0, "w1", "started", pid=7)), "started (pid 7)"),
        (
            events.Reported(
                Told(0.0, "w1", "exit", signal="KILL", tasks=[CutTask("4be1", "slow", "lost")])
            ),
            "killed by SIGKILL; lost: slow[4be1]",
        ),
        (events.Reported(Told(0.0, "w1", "exit", code=0)), "exit code 0"),
        (events.FleetInError("no"), "fleet.yaml has changed and is in error: no"),
    ],
)
def test_what_happens_is_said_in_a_few_words(event: events.Happening, said: str) -> None:
    assert words(event, Path("/srv")) == said


def test_an_id_that_fits_is_not_broken_across_lines() -> None:
    task = "shop.warehouse.tasks.restock_everything[3fbd57e3-52b0-4683-bd5e-cc6d440a499e]"
    lines = drawn(entry(record(f"Task {task} received".encode())), width=60)
    assert any("3fbd57e3-52b0-4683-bd5e-cc6d440a499e" in line for line in lines)
    assert all(cells(line) <= 60 for line in lines)
