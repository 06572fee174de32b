from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetctl.display import history_json
from fleetctl.display.history_table import render
from fleetctl.display.text import cells
from fleetctl.operations.history import Told
from fleetctl.runtime.entry import CutTask, Entry
from fleetctl.runtime.formats import Invoker
from tests.display.printing import drawn, golden, signs
from tests.display.samples import NOW, anything

ALICE = Invoker("celery (sudo by alice)", "/dev/pts/1", "fleetctl start", 4100)
TIMER = Invoker("celery", None, "fleetctl start -f /srv/shop/fleet.yaml", 4200)
BOB = Invoker("bob", "/dev/pts/2", "fleetctl stopwait all --timeout 10m", 4300)
SLOW = "4be1c0de-9f3a-4b6e-8f62-0d1c2b3a4f5e"
TASKS = [CutTask(SLOW, "proj.tasks.slow", "lost"), CutTask("91aa", "proj.mail", "requeued")]


def told(after: float, node: str, what: str, ready: float | None = None, **more: object) -> Told:
    return Told(Entry(NOW + after, node, what, launch="a", **more), ready)  # type: ignore[arg-type]


STORY = [
    told(0, "w1", "started", pid=4711, by=ALICE),
    told(0, "a-worker-with-a-rather-long-name", "started", pid=4712, by=ALICE),
    told(0.6, "w1", "ready", 0.63),
    told(3, "a-worker-with-a-rather-long-name", "failed", code=1, by=None,
         reason="ModuleNotFoundError: No module named 'stripe' at /srv/shop/shop/payments.py:3"),
    told(3600, "w1", "exit", signal="KILL", tasks=TASKS),
    told(3660, "w1", "started", pid=4801, by=TIMER, drift=True),
    told(3720, "w1", "left", pid=4801, by=TIMER, reason="connecting to redis://cache-1:6379/0"),
    told(3730, "w1", "ready", 70.0),
    told(7000, "w1", "signal", signal="TERM", by=BOB),
    told(7600, "w1", "signal", signal="QUIT", by=BOB, tasks=[*TASKS] * 4, more_tasks=3),
    told(7602, "w1", "exit", code=0, by=BOB),
    told(9000, "io", "exit", reason="the machine was rebooted"),
    told(9100, "io", "exit", code=0, reason="told to by a SIGTERM that fleetctl didn't send"),
    told(9200, "io", "exit", code=1),
]  # fmt: skip

WHAT = ("started", "ready", "adopted", "failed", "left", "signal", "exit")


@pytest.fixture(autouse=True)
def _in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def table(story: list[Told], width: int, encoding: str = "utf-8") -> str:
    rendered = render(story, width=width, symbols=signs(encoding))
    return drawn(rendered, width, encoding=encoding)


@pytest.mark.parametrize("width", [40, 80, 160])
def test_a_story_looks_as_it_should(width: int) -> None:
    text = table(STORY, width)
    assert text == golden(f"history-{width}.txt", text)


def test_a_stream_without_unicode_gets_ascii() -> None:
    text = table(STORY, 80, "ascii")
    assert text.isascii()


def test_where_nothing_happened_that_is_said() -> None:
    assert table([], 80) == "nothing is known to have happened\n"


def test_times_are_local(monkeypatch: pytest.MonkeyPatch) -> None:
    utc = table(STORY[:1], 100)
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    assert "2027-01-15 08:00:00" in utc
    assert "2027-01-15 17:00:00" in table(STORY[:1], 100)


def test_a_pipe_gets_whole_ids_commands_and_all_tasks() -> None:
    text = table(STORY, 1000)
    assert f"lost: proj.tasks.slow[{SLOW}]" in text
    assert "bob on /dev/pts/2: fleetctl stopwait all --timeout 10m (pid 4300)" in text
    assert text.count("requeued") == 5
    assert "…" not in text


def test_a_time_beyond_the_calendar_is_unknown_and_no_crash() -> None:
    assert "?" in table([Told(Entry(1e14, "w1", "ready"))], 80)


def test_json_has_every_field_and_utc() -> None:
    answer = history_json.document([STORY[0], STORY[4]], Path("/srv/fleet.yaml"), 2)
    assert (answer["schema"], answer["fleet"], answer["damaged"]) == (1, "/srv/fleet.yaml", 2)
    first, crash = answer["entries"]
    assert first == {
        "at": "2027-01-15T08:00:00.000Z",
        "node": "w1",
        "launch": "a",
        "what": "started",
        "pid": 4711,
        "by": {
            "user": "celery (sudo by alice)",
            "tty": "/dev/pts/1",
            "command": "fleetctl start",
            "pid": 4100,
        },
        "signal": None,
        "code": None,
        "seconds": None,
        "reason": None,
        "drift": False,
        "tasks": [],
        "more_tasks": 0,
    }
    assert (crash["signal"], crash["by"], crash["drift"]) == ("KILL", None, None)
    assert crash["tasks"][0] == {"id": SLOW, "name": "proj.tasks.slow", "fate": "lost"}


_entries = st.builds(
    Entry,
    at=st.floats(min_value=-1e15, max_value=1e15),
    node=anything,
    what=st.sampled_from(["started", "ready", "failed", "left", "adopted", "signal", "exit"])
    | anything,
    pid=st.none() | st.integers(0, 10**9),
    by=st.none()
    | st.builds(Invoker, user=anything, tty=anything, command=anything, pid=st.just(1)),
    signal=st.none() | anything,
    code=st.none() | st.integers(0, 255),
    reason=st.none() | anything,
    drift=st.booleans(),
    tasks=st.lists(st.builds(CutTask, id=anything, name=anything, fate=st.none() | anything)),
)


@given(
    st.lists(st.builds(Told, _entries, st.none() | st.floats(0, 1e9)), max_size=4),
    st.sampled_from([40, 41, 59, 60, 79, 80, 99, 100, 160]),
)
def test_whatever_happened_fits_the_terminal(story: list[Told], width: int) -> None:
    for encoding in ("utf-8", "ascii"):
        rendered = render(story, width=width, symbols=signs(encoding))
        assert all(cells(line) <= width for line in drawn(rendered, width).splitlines())


def test_a_worker_that_was_taken_over_is_told_with_its_pid() -> None:
    row = table([told(0, "w1", "adopted", pid=4711, by=ALICE)], 160).splitlines()[1]
    assert "w1" in row
    assert "adopted (pid 4711)" in row


def test_what_one_person_did_alone_names_them_once_where_room_is_short() -> None:
    by = Invoker("celery", "/dev/pts/1", "fleetctl -f '/srv/my shop' restart mail", 1)
    assert table([told(0, "w1", "started", by=by), told(1, "w1", "ready")], 80).splitlines() == [
        "  WHEN            NODE  WHAT     WHO: celery",
        "◐ 01-15 08:00:00  w1    started  restart mail",
        "✔ 01-15 08:00:01  w1    ready",
    ]


def test_a_command_that_is_too_long_is_cut_where_it_stands() -> None:
    by = Invoker("celery", None, "fleetctl restart " + " ".join(f"w{n}" for n in range(40)), 1)
    _, row = table([told(0, "w1", "started", by=by)], 80).splitlines()
    assert row.endswith("…")
    assert "restart w0 w1 w2" in row
    assert "…" not in table([told(0, "w1", "started", by=by)], 1000)
