from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetctl.display.board import Board
from fleetctl.display.lines import Lines
from fleetctl.display.text import cells
from fleetctl.operations import events
from fleetctl.operations.events import Event
from fleetctl.runtime.formats import ActiveTask, Cause
from tests.display.histories import DRAIN, FAILED, START, STOPPED, active
from tests.display.printing import drawn, golden, signs
from tests.display.samples import anything


def board(history: Iterable[tuple[float, Event]], names: Iterable[str] = ()) -> Board:
    made = Board(names)
    for now, event in history:
        made.apply(event, now)
    return made


def live(made: Board, now: float, width: int = 80, height: int | None = None) -> list[str]:
    return drawn(made.render(now, width, signs(), height), width).splitlines()


def final(made: Board, width: int = 80) -> list[str]:
    return drawn(made.final(200.0, width, signs()), width).splitlines()


def test_each_node_has_a_line_with_what_it_does_and_for_how_long() -> None:
    assert live(board(START), now=101.5) == [
        "✔ w1       ready in 0.8 s (pid 4711)",
        "◐ io       connecting to redis://cache-1:6379/0  1.5 s",
        "✔ crunch1  already running (pid 4600)",
        "✖ crunch2  failed: ModuleNotFoundError: No module named 'psycopg3' at",
        "           /srv/proj/celery.py:3 (exit code 1)",
    ]


def test_a_long_reason_is_whole_at_the_end_and_cut_only_after_some_lines_before() -> None:
    reason = " ".join(f"word{number}" for number in range(100))
    made = board([(100.0, events.NodeFailed("w1", Cause("error", reason), None, ()))])
    assert " ".join(line[6:] for line in final(made)) == f"failed: {reason}"
    shown = live(made, 101.0)
    assert len(shown) == 4
    assert shown[-1].endswith("…")


def test_what_a_node_waits_for_goes_on_in_the_next_line() -> None:
    text = "cannot reach redis://cache-1:6379/0: Error 111 connecting to cache-1:6379"
    made = board([(100.0, events.NodeProgressed("w1", text))])
    assert live(made, 101.0, 60) == [
        "◐ w1  cannot reach redis://cache-1:6379/0: Error 111",
        "      connecting to cache-1:6379",
    ]


def test_nodes_stand_in_the_order_of_the_fleet_and_wait_their_turn() -> None:
    made = board([(100.0, events.NodeSpawned("b", 1))], names=["a", "b"])
    assert live(made, 100.0) == ["○ a  waiting", "◐ b  starting (pid 1)  0.0 s"]
    assert final(made) == ["◐ b  starting (pid 1)"]


def test_a_draining_node_shows_its_tasks_longest_first_and_the_next_rung() -> None:
    assert live(board(DRAIN), now=118.0) == [
        "◐ w1  draining, 7 tasks; QUIT in 42 s  18 s",
        "    proj.tasks.crunch[2be1c0de]  3 m 28 s",
        "    proj.tasks.slow[0be1c0de]    1 m 20 s",
        "    proj.tasks.slow[3be1c0de]        30 s",
        "    proj.tasks.mail[1be1c0de]        21 s",
        "    proj.tasks.b[5be1c0de]           20 s",
        "    + 2 more",
        "◐ io  draining, 1 task; no limit: waits as long as tasks run  18 s",
        "    proj.tasks.mail[4be1c0de]      20 s",
    ]


def test_a_rung_that_is_due_counts_down_to_nothing_and_no_further() -> None:
    assert "QUIT in 0.0 s" in live(board(DRAIN), now=900.0)[0]


def test_a_stopped_node_settles_and_names_the_tasks_it_cost() -> None:
    made = board([*DRAIN, (161.5, STOPPED)])
    assert live(made, 161.5)[0] == "! w1  stopped by QUIT in 1 m 01 s (pid 4711)"
    assert final(made)[1:4] == [
        "    lost: proj.tasks.slow[0be1c0de-9f3a]",
        "    requeued: proj.tasks.mail[1be1c0de-9f3a]",
        "    requeued: proj.tasks.crunch[2be1c0de-9f3a]",
    ]


def test_a_node_that_must_drain_before_it_starts_shows_what_it_waits_for() -> None:
    awaited = events.NodeAwaited("w1", 4600, (active("slow", 90.0),))
    made = board([(100.0, awaited)])
    assert live(made, 102.0) == [
        "◐ w1  waiting for the old process to finish, 1 task  2.0 s",
        "    proj.tasks.slow[4be1c0de]      12 s",
    ]
    made.apply(events.NodeSpawned("w1", 4711), 103.0)
    assert live(made, 103.5) == ["◐ w1  starting (pid 4711)  0.5 s"]


def test_a_restarted_node_is_told_as_starting_again() -> None:
    made = board([*DRAIN, (161.5, STOPPED), (162.0, events.NodeSpawned("w1", 4800))])
    assert live(made, 163.0)[0] == "◐ w1  starting (pid 4800)  1.0 s"


def test_the_end_shows_causes_log_lines_warnings_and_the_summary() -> None:
    warned = events.Warned("", "this session ends with your ssh login: the nodes will be killed")
    text = drawn(board([*START, (101.2, warned)]).final(101.5, 80, signs()))
    assert text == golden("board-final-80.txt", text)


def test_colours_and_ascii_reach_the_board() -> None:
    made = board([*START, *DRAIN])
    ascii_text = drawn(made.render(118.0, 80, signs("ascii")), encoding="ascii")
    assert ascii_text == golden("board-80-ascii.txt", ascii_text)
    coloured = drawn(made.render(118.0, 80, signs()), colour=True).replace("\x1b", "␛")
    assert coloured == golden("board-80-colour.txt", coloured)


def test_at_most_ten_log_lines_are_shown() -> None:
    tail = tuple(f"line {number}" for number in range(30))
    failed = events.NodeFailed("w1", Cause("error", "boom"), None, tail)
    shown = [line.strip() for line in final(board([(100.0, failed)]))[1:]]
    assert shown == [f"line {number}" for number in range(20, 30)]


def test_orphans_are_told_beside_their_node() -> None:
    made = board([(100.0, events.OrphansFound("w1", (4801, 4802)))])
    assert final(made) == ["! w1: 2 orphaned pool children: 4801 4802"]


@pytest.fixture
def crowd() -> Board:
    """Ten nodes ready, one failed, ten starting."""
    ready = [(100.0, events.NodeReady(f"r{number}", number, 1.0)) for number in range(10)]
    starting = [(100.0, events.NodeSpawned(f"s{number}", number)) for number in range(10)]
    return board([*ready, (100.0, FAILED), *starting])


def test_where_rows_are_short_settled_nodes_become_a_count(crowd: Board) -> None:
    lines = live(crowd, 101.0, height=12)
    assert lines[0] == "✔ 10 done  ✖ 1 failed"
    assert [line.split()[1] for line in lines[1:]] == [f"s{number}" for number in range(10)]


def test_where_even_the_unfinished_are_too_many_the_rest_is_counted(crowd: Board) -> None:
    lines = live(crowd, 101.0, height=5)
    assert len(lines) == 5
    assert lines[-1] == "  + 7 more"


def test_tasks_go_before_nodes_do() -> None:
    assert len(live(board(DRAIN), 118.0, height=4)) == 2


def test_a_task_that_has_run_for_weeks_fits_too() -> None:
    made = board([(100.0, events.TasksRunning("w1", (active("slow" * 20, 0.0),)))])
    (_, shown) = live(made, (14 * 24 + 23) * 3600.0, 40)
    assert cells(shown) == 40
    assert shown.endswith("  14 d 23 h")


def test_forty_columns_are_enough() -> None:
    assert live(board(DRAIN), 118.0, 40)[:2] == [
        "◐ w1  draining, 7 tasks; QUIT in 42 s",
        "    proj.tasks.crunch[2be1c0d…  3 m 28 s",
    ]


_tasks = st.lists(st.builds(ActiveTask, anything, anything, st.floats(0, 2e9)), max_size=8).map(
    tuple
)
_nodes = st.sampled_from(["a", "w1", "\x1b[2J", "日本" * 20])
_events = st.one_of(
    st.builds(events.NodeSpawned, _nodes, st.integers()),
    st.builds(events.NodeProgressed, _nodes, anything),
    st.builds(events.NodeAwaited, _nodes, st.integers(), _tasks),
    st.builds(events.NodeRefused, _nodes, anything, anything),
    st.builds(
        events.SignalSent, _nodes, st.integers(), anything, anything, st.floats(0, 1e9), _tasks
    ),
    st.builds(events.TasksRunning, _nodes, _tasks),
    st.builds(events.NodeStillStopping, _nodes, st.integers(), st.floats(0, 1e9), _tasks),
    st.builds(events.Warned, anything, anything),
    st.builds(
        events.NodeFailed,
        _nodes,
        st.builds(Cause, anything, anything, anything, st.integers()),
        st.none(),
        st.lists(anything, max_size=12).map(tuple),
    ),
)


@given(st.lists(_events, max_size=8), st.integers(40, 130), st.integers(2, 30))
def test_whatever_happens_the_board_fits(history: list[Event], width: int, height: int) -> None:
    made = board((1e9, event) for event in history)
    shown = live(made, 1.5e9, width, height)
    assert len(shown) <= height
    for line in (*shown, *final(made, width)):
        assert cells(line) <= width


RESTART: list[tuple[float, Event]] = [
    (100.0, events.SignalSent("w1", 4711, "TERM", "QUIT", 60.0)),
    (103.0, events.NodeStopped("w1", 4711, None, 3.0)),
    (103.0, events.NodeSpawned("w1", 4720)),
    (103.1, events.NodeProgressed("w1", "importing proj")),
    (103.8, events.NodeReady("w1", 4720, 0.8)),
]


@pytest.mark.parametrize(
    ("events_so_far", "row"),
    [
        (1, "◐ w1  draining; QUIT in 56 s  4.0 s"),
        (3, "◐ w1  starting (pid 4720)  1.0 s"),
        (4, "◐ w1  importing proj  1.0 s"),
        (5, "✔ w1  ready in 0.8 s (pid 4720)"),
    ],
)
def test_a_restarted_node_drains_and_starts_in_one_row(events_so_far: int, row: str) -> None:
    assert live(board(RESTART[:events_so_far]), now=104.0) == [row]


def test_tasks_that_a_restart_cut_off_are_still_named_once_the_node_is_ready() -> None:
    cut = events.NodeStopped("w1", 4711, None, 3.0, "KILL", lost=(active("slow", 90.0),))
    shown = final(board([RESTART[0], (103.0, cut), *RESTART[2:]]))
    assert shown[:2] == ["✔ w1  ready in 0.8 s (pid 4720)", "! w1: killed after 3.0 s (pid 4711)"]
    assert shown[2].startswith("    lost: proj.tasks.slow[4be1c0de-")


def test_a_halted_restart_leaves_behind_what_to_do() -> None:
    halted = events.RestartHalted("", down=("w1",), untouched=("w2",))
    assert final(board([(100.0, halted)])) == [
        "! the restart has halted",
        "    w1: down",
        "    w2: not touched",
        "    hint: `fleetctl restart w1 w2` goes on from here",
    ]


def test_a_halted_restart_gives_all_the_names_to_go_on_with() -> None:
    names = tuple(f"crunch{number}" for number in range(60))
    halted = events.RestartHalted("", down=names[:1], untouched=names[1:])
    text = " ".join(line.strip() for line in final(board([(100.0, halted)])))
    assert f"`fleetctl restart {' '.join(names)}` goes on" in text


def test_nodes_that_failed_for_the_same_reason_share_it() -> None:
    made = board(
        [
            (100.0, events.NodeReady("w1", 4711, 0.8)),
            *((101.0, replace(FAILED, node=f"crunch{number}")) for number in (1, 2, 3)),
            (101.0, events.NodeFailed("io", Cause("error", "another"), None, ())),
        ]
    )

    assert final(made) == [
        "✔ w1       ready in 0.8 s (pid 4711)",
        "✖ crunch1  failed: ModuleNotFoundError: No module named 'psycopg3' at",
        "           /srv/proj/celery.py:3 (exit code 1)",
        "           likewise: crunch2, crunch3",
        "    Traceback (most recent call last):",
        '      File "/srv/proj/celery.py", line 3, in <module>',
        "        import psycopg3",
        "    ModuleNotFoundError: No module named 'psycopg3'",
        "✖ io       failed: another",
        "1 started, 4 failed",
    ]


def test_of_many_that_failed_alike_every_name_is_there() -> None:
    made = board(
        (101.0, events.NodeFailed(f"node{number}", Cause("error", "same"), None, ()))
        for number in range(60)
    )

    text = " ".join(final(made, 60))
    assert all(f"node{number}" in text.replace(",", "").split() for number in range(60))


def test_the_same_reason_in_plain_lines_is_told_once() -> None:
    lines = Lines()
    told = [
        line
        for number in (1, 2)
        for line in lines.apply(replace(FAILED, node=f"crunch{number}"), 101.0)
    ]

    assert told[0].startswith("crunch1: failed: ModuleNotFoundError")
    assert told[-1] == "crunch2: failed, as crunch1"
    assert sum("Traceback" in line for line in told) == 1
