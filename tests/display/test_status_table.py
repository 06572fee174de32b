from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetctl.display.status_table import render
from fleetctl.display.text import cells
from fleetctl.operations.report import NodeReport
from fleetctl.process.status import State
from tests.display.printing import drawn, golden, signs
from tests.display.samples import CRASHED, DRAINING, FLEET, IO, NOW, W1, report, reports


def table(
    fleet: list[NodeReport], width: int, *, colour: bool = False, encoding: str = "utf-8"
) -> str:
    renderable = render(fleet, now=NOW, width=width, symbols=signs(encoding))
    return drawn(renderable, width, colour=colour, encoding=encoding)


def lines(fleet: list[NodeReport], width: int) -> list[str]:
    return table(fleet, width).splitlines()


@pytest.mark.parametrize("width", [40, 80, 120, 160, 200])
def test_a_fleet_in_every_state_looks_as_it_should(width: int) -> None:
    text = table(FLEET, width)
    assert text == golden(f"status-{width}.txt", text)


@pytest.mark.parametrize("width", [40, 80, 120, 160])
def test_a_healthy_fleet_looks_as_it_should(width: int) -> None:
    healthy = [W1, replace(IO, drift=False)]
    text = table(healthy, width)
    assert text == golden(f"healthy-{width}.txt", text)


def test_colours_mean_something() -> None:
    text = table(FLEET, 80, colour=True).replace("\x1b", "␛")
    assert text == golden("status-80-colour.txt", text)


def test_a_stream_without_unicode_gets_ascii_signs() -> None:
    text = table(FLEET, 160, encoding="ascii")
    assert text == golden("status-160-ascii.txt", text)
    assert text.isascii()


def test_an_empty_fleet_is_said_to_be_empty() -> None:
    assert table([], 80) == "no nodes\n"


def test_narrow_keeps_name_state_memory_and_tasks() -> None:
    heading = lines([W1], 40)[0].split()
    assert heading[:2] == ["NAME", "STATE"]
    assert {"MEM", "TASKS"} <= set(heading)


def test_a_column_that_nobody_fills_is_left_out() -> None:
    assert lines([report("a", State.STOPPED)], 120)[0].split() == ["NAME", "STATE"]


def test_tasks_that_have_failed_have_a_column_at_80_columns_too() -> None:
    failing = replace(W1, processed=22, failed=10)
    for width in (80, 120):
        heading, row = lines([failing, IO], width)[:2]
        at = heading.index("FAILED")
        assert row[at : at + len("FAILED")] == "    10"
        assert lines([failing, IO], width)[2][at : at + len("FAILED")].strip() == ""


def test_a_reason_stands_beside_its_row_where_there_is_room() -> None:
    stopped = report("a", State.FAILED, reason="no such app", since=NOW - 5)
    assert lines([stopped], 80)[1:3] == ["✖ a     failed 5 s ago", "    no such app"]
    assert lines([stopped], 120)[1] == "✖ a     failed 5 s ago  no such app"


def test_a_long_reason_breaks_and_is_then_cut() -> None:
    long = report("a", State.FAILED, reason="a word and another " * 20)
    below = lines([long], 60)[2:-2]
    assert len(below) == 2
    assert below[-1].endswith("…")


def test_a_crash_without_a_reason_tells_how_it_ended() -> None:
    assert "    killed by SIGKILL" in lines([replace(CRASHED, reason=None, orphans=())], 80)


def test_a_draining_node_names_the_tasks_it_waits_for_longest_first() -> None:
    below = " ".join(line.strip() for line in lines([DRAINING], 80)[2:4])
    assert below.startswith("2 tasks: proj.tasks.crunch[4be1c0de] 3 m 12 s, proj.tasks.mail")


def test_drift_has_a_column_or_a_line_but_never_both() -> None:
    wide, narrow = table([IO], 160), table([IO], 50)
    assert "DRIFT" in wide
    assert "has changed" not in wide
    assert "DRIFT" not in narrow
    assert "has changed" in narrow


def test_memory_is_pss_and_else_rss() -> None:
    assert " 88 M " in table([W1], 80)
    assert " 120 M " in table([replace(W1, pss=None)], 80)


def test_the_summary_counts_states_tasks_memory_and_cpu() -> None:
    assert lines([W1, IO, DRAINING], 80)[-1] == (
        "3 nodes: 2 ready, 1 draining  ·  761 M  ·  196 % CPU"
    )


def test_the_summary_adds_up_the_tasks_of_all_that_drain() -> None:
    assert "2 draining (4 tasks)" in lines([DRAINING, replace(DRAINING, name="other")], 80)[-1]


def test_the_tasks_of_a_draining_node_are_counted_once() -> None:
    text = table([replace(DRAINING, reason="finishing 2 tasks")], 80)
    assert text.count("2 tasks") == 1


def test_a_node_that_does_not_run_has_no_count_of_tasks() -> None:
    stopped = report("a", State.STOPPED, active=())
    assert lines([stopped], 120)[0].split() == ["NAME", "STATE", "TASKS"]
    assert lines([stopped], 120)[1].split() == ["○", "a", "stopped", "-"]


def test_a_summary_too_long_for_the_terminal_takes_another_line_and_loses_nothing() -> None:
    text = " ".join(line.strip() for line in lines(FLEET, 40))
    assert "11 nodes: 3 ready, 1 starting, 1 draining, 1 disconnected," in text
    assert "1 crashed, 1 foreign, 1 stopped" in text


def test_what_a_name_holds_is_neither_markup_nor_a_control() -> None:
    text = table([report("[red]\x1b[2J\n", State.READY)], 80)
    assert "[red]\\x1b[2J\\n" in text


@given(st.lists(reports, max_size=4), st.sampled_from([40, 41, 57, 80, 119, 120, 160, 400]))
def test_whatever_is_reported_fits_the_terminal(fleet: list[NodeReport], width: int) -> None:
    for encoding in ("utf-8", "ascii"):
        rendered = render(fleet, now=2e9, width=width, symbols=signs(encoding))
        for line in drawn(rendered, width).splitlines():
            assert cells(line) <= width


def cropped(reports: list[NodeReport], height: int) -> list[str]:
    text = drawn(render(reports, now=NOW, width=80, symbols=signs(), height=height), 80)
    return text.splitlines()


def test_rows_that_do_not_fit_are_counted_and_the_well_give_way_first() -> None:
    fleet = [replace(W1, name=f"w{number}") for number in range(1, 21)]
    fleet[17] = replace(CRASHED, name="w18", reason="killed by SIGKILL", orphans=())

    shown = cropped(fleet, 12)

    assert len(shown) <= 12
    assert "w18" in "\n".join(shown)
    assert shown[-3] == "    + 13 more, ready"
    assert shown[-1].startswith("20 nodes: 19 ready, 1 crashed")


def test_rows_that_all_fit_are_not_counted() -> None:
    fleet = [replace(W1, name=f"w{number}") for number in range(1, 6)]

    assert cropped(fleet, 8) == lines(fleet, 80)
    assert "more" in "\n".join(cropped(fleet, 7))


@pytest.mark.parametrize("height", [1, 2, 3, 4])
def test_the_smallest_of_terminals_still_hears_how_many_there_are(height: int) -> None:
    fleet = [replace(CRASHED, name=f"w{number}") for number in range(1, 6)]

    assert "+ 5 more" in "\n".join(cropped(fleet, height))
