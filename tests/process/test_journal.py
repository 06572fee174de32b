"""Reading the journal: damaged and foreign lines, ends told twice, the journal of another user."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetctl.errors import FleetctlError
from fleetctl.process import journal
from fleetctl.runtime.entry import CutTask, Entry
from fleetctl.runtime.journal import NAME, append, line_of
from tests.process.making import ALICE

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def entry(at: float = 1.0, node: str = "w1", what: str = "ready", **more: Any) -> Entry:
    return Entry(at=at, node=node, what=what, **more)


def parsed(*entries: Entry) -> tuple[Entry, ...]:
    found = journal.parse(b"".join(map(line_of, entries)))
    assert found.damaged == 0
    return found.entries(found.names)


def test_what_was_told_is_read_the_older_file_first(tmp_path: Path) -> None:
    told = [
        entry(1.0, what="started", launch="a", pid=12, by=ALICE, drift=True),
        entry(2.0, what="exit", launch="a", code=0, tasks=[CutTask("id", "name", "lost")]),
    ]
    (tmp_path / f"{NAME}.1").write_bytes(line_of(told[0]))
    append(str(tmp_path), told[1])
    assert journal.read(tmp_path).entries(["w1"]) == tuple(told)


def test_where_nothing_was_ever_done_nothing_is_told(tmp_path: Path) -> None:
    assert journal.read(tmp_path / "run") == journal.Journal()


@pytest.mark.parametrize(
    "line",
    [
        b'{"at":1,"node":"w',
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"at":"now","node":"w1","what":"ready"}',
        b'{"at":1e99,"node":"w1","what":"ready"}',
        b'{"at":NaN,"node":"w1","what":"ready"}',
        b'{"at":1,"node":7,"what":"ready"}',
        b'{"at":1,"node":"w1"}',
    ],
)
def test_a_damaged_line_is_counted_and_passed_over(line: bytes) -> None:
    whole = line_of(entry())
    found = journal.parse(whole + line + b"\n" + whole)
    assert found.damaged == 1
    assert found.entries(["w1"]) == (entry(), entry())


@pytest.mark.parametrize(
    "forged",
    [
        {"by": "root"},
        {"by": {"user": 1, "tty": None, "command": "c", "pid": 1}},
        {"tasks": 5},
        {"tasks": [{"id": "x"}]},
        {"code": "0"},
        {"signal": 9},
        {"signal": 999},
        {"pid": 10**25},
    ],
)
def test_an_entry_with_a_value_of_the_wrong_type_tells_nothing(forged: dict[str, Any]) -> None:
    line = json.dumps({"at": 1, "node": "w1", "what": "exit", **forged}).encode()
    assert journal.parse(line).judged(["w1"]) == ((), 1)


def test_what_tells_nothing_takes_no_place_among_the_last() -> None:
    bad = b'{"at":2,"node":"w1","what":"exit","pid":"x"}\n'
    other = b'{"at":2,"node":"w2","what":"exit","pid":"x"}\n'
    found = journal.parse(b"".join([bad, line_of(entry(1.0)), bad, other, line_of(entry(3.0))]))
    assert found.judged(["w1"], last=1) == ((entry(3.0),), 0)
    assert found.judged(["w1"], last=2) == ((entry(1.0), entry(3.0)), 1)
    assert found.judged(["w1"], last=3) == ((entry(1.0), entry(3.0)), 2)
    assert found.judged(["w1"], since=3.0) == ((entry(3.0),), 0)


def test_a_newer_writers_words_are_passed_over() -> None:
    line = b'{"at":1.0,"node":"w1","what":"ready","mood":"good"}'
    assert journal.parse(line).entries(["w1"]) == (entry(),)


@given(st.binary(max_size=300))
def test_no_bytes_make_it_raise(content: bytes) -> None:
    found = journal.parse(content)
    found.entries(found.names)


def test_an_end_that_somebody_saw_outranks_what_others_concluded() -> None:
    guess = entry(3.0, what="exit", launch="a", reason="the machine was rebooted")
    seen = entry(2.0, what="exit", launch="a", signal="KILL")
    other = entry(4.0, what="exit", launch="b")
    assert parsed(guess, seen, other) == (seen, other)
    assert parsed(seen, guess) == (seen,)
    assert parsed(guess, guess) == (guess,)


def test_a_failure_without_a_launch_is_never_taken_for_another() -> None:
    failures = entry(1.0, what="failed"), entry(2.0, what="failed")
    assert parsed(*failures) == failures


def test_entries_are_chosen_by_node_time_and_number() -> None:
    told = [entry(float(at), node=f"w{at % 2}") for at in range(10)]
    found = journal.parse(b"".join(map(line_of, told)))
    assert found.names == {"w0", "w1"}
    assert [one.at for one in found.entries(["w0"])] == [0, 2, 4, 6, 8]
    assert [one.at for one in found.entries(["w0", "w1"], last=3)] == [7, 8, 9]
    assert [one.at for one in found.entries(["w1"], since=5.0, last=2)] == [7, 9]


def test_a_file_in_which_nothing_can_be_read_is_an_error_with_its_name(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    with pytest.raises(FleetctlError, match=NAME):
        journal.read(tmp_path)


@as_root
def test_another_users_journal_counts_for_nothing(tmp_path: Path) -> None:
    append(str(tmp_path), entry())
    os.chown(tmp_path / NAME, 65534, 65534)
    with pytest.raises(FleetctlError, match="belongs to nobody"):
        journal.read(tmp_path)
