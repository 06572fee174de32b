from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetctl.display.problems import document, render, summary
from fleetctl.display.text import cells
from fleetctl.fleet.model import Problem
from tests.display.printing import drawn, signs
from tests.display.samples import anything

FILE = Path("/srv/proj/fleet.yaml")
UNKNOWN = Problem(
    severity="error",
    message="unknown key 'concurency'",
    file=FILE,
    line=7,
    column=5,
    text="    concurency: 4",
    hint="did you mean concurrency?",
)
IGNORED = Problem(severity="warning", message="no effect on threads", file=FILE, line=9)


def shown(*problems: Problem, width: int = 80, folder: Path | None = FILE.parent) -> list[str]:
    rendered = render(problems, width=width, symbols=signs(), folder=folder)
    return drawn(rendered, width).splitlines()


def at(text: str, column: int) -> Problem:
    return Problem(severity="error", message="m", file=FILE, line=1, column=column, text=text)


def test_a_problem_has_its_place_its_line_a_caret_and_a_hint() -> None:
    assert shown(UNKNOWN, IGNORED) == [
        "fleet.yaml:7:5: error: unknown key 'concurency'",
        "        concurency: 4",
        "        ^",
        "    hint: did you mean concurrency?",
        "fleet.yaml:9: warning: no effect on threads",
        "1 error, 1 warning",
    ]


def test_a_hint_that_lines_of_one_file_share_is_given_once() -> None:
    def old(name: str, file: str, line: int) -> Problem:
        hint = f"`fleetctl upgrade-settings {file}` renames these 2"
        message = f"{name} is called {name.lower()} now"
        path = FILE.with_name(file)
        return Problem(
            severity="warning", message=message, file=path, line=line, column=1, hint=hint
        )

    problems = [old("A", "a.py", 1), old("B", "a.py", 2), old("C", "c.py", 1)]
    assert shown(*problems) == [
        "a.py:1:1: warning: A is called a now",
        "a.py:2:1: warning: B is called b now",
        "    hint: `fleetctl upgrade-settings a.py` renames these 2",
        "c.py:1:1: warning: C is called c now",
        "    hint: `fleetctl upgrade-settings c.py` renames these 2",
        "3 warnings",
    ]
    assert all(each["hint"] for each in document(problems)["problems"])


def test_a_hint_stays_with_its_line_where_that_is_shown() -> None:
    assert shown(UNKNOWN, UNKNOWN).count("    hint: did you mean concurrency?") == 2


def test_a_long_message_and_a_long_hint_break_between_words() -> None:
    problem = Problem(
        severity="error", message="one two three four", file=FILE, line=7, hint="five six seven"
    )
    assert shown(problem, width=34) == [
        "fleet.yaml:7: error: one two three",
        "    four",
        "    hint: five six seven",
        "1 error",
    ]
    assert shown(problem, width=20)[:3] == ["fleet.yaml:7: error:", "    one two three", "    four"]


def test_a_file_outside_the_folder_keeps_its_whole_path() -> None:
    assert shown(IGNORED, folder=Path("/elsewhere"))[0].startswith("/srv/proj/fleet.yaml:9: ")
    assert shown(IGNORED, folder=None)[0].startswith("/srv/proj/fleet.yaml:9: ")


def test_no_problems_are_no_lines() -> None:
    assert shown() == []
    assert summary([]) == ""


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("a: X", 4),
        ("\ta: X", 5),
        ("日本: X", 5),
        ("e\u0301e\u0301: X", 7),
        ("\x1b[31m: X", 8),
        ("key: " + "y" * 200 + "X", 206),
        ("X" + "y" * 200, 1),
    ],
)
def test_the_caret_stands_under_its_column(text: str, column: int) -> None:
    _, line, caret, _ = shown(at(text, column), width=60)
    assert cells(line) <= 60
    assert cells(line[: line.index("X")]) == caret.index("^")


def test_a_column_behind_the_end_of_the_line_is_survived() -> None:
    _, line, caret, _ = shown(at("ab", 3))
    assert (line, caret) == ("    ab", "      ^")


def test_a_line_without_a_column_has_no_caret() -> None:
    problem = Problem(severity="error", message="m", file=FILE, line=1, text="abc")
    assert shown(problem)[1:] == ["    abc", "1 error"]


@given(anything, st.integers(1, 80), st.integers(40, 100))
def test_any_line_fits_the_terminal(text: str, column: int, width: int) -> None:
    _, *excerpt, _ = shown(at(text, column), width=width)
    assert max(cells(line) for line in excerpt) <= width


def test_json_says_whether_the_fleet_is_valid() -> None:
    assert document([IGNORED])["valid"] is True
    assert document([UNKNOWN, IGNORED]) == {
        "schema": 1,
        "valid": False,
        "problems": [
            {
                "severity": "error",
                "message": "unknown key 'concurency'",
                "file": "/srv/proj/fleet.yaml",
                "line": 7,
                "column": 5,
                "text": "    concurency: 4",
                "hint": "did you mean concurrency?",
            },
            {
                "severity": "warning",
                "message": "no effect on threads",
                "file": "/srv/proj/fleet.yaml",
                "line": 9,
                "column": None,
                "text": None,
                "hint": None,
            },
        ],
    }
