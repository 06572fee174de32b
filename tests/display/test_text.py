from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetctl.display.text import cells, clean, cut, cut_start, flow, fold, pad, visible, wrap
from tests.display.samples import anything


@pytest.mark.parametrize(
    ("outside", "shown"),
    [
        ("plain", "plain"),
        ("[red]not markup[/red] :smile:", "[red]not markup[/red] :smile:"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[2J\x1b]0;title\x07", "\\x1b[2J\\x1b]0;title\\x07"),
        ("a\nb\rc", "a\\nb\\rc"),
        ("a\tb", "a    b"),
        ("abc\u202egnp.exe", "abc\\u202egnp.exe"),
        ("\ud800 \x9b", "\\ud800 \\x9b"),
        ("warn \u26a0\ufe0f 日本", "warn \u26a0 日本"),
    ],
)
def test_text_from_outside_is_made_harmless_on_one_line(outside: str, shown: str) -> None:
    assert clean(outside) == shown


def test_visible_spells_colours_out_so_that_columns_stay_countable() -> None:
    assert visible("\x1b[1mx") == "\\x1b[1mx"


def test_what_is_too_long_ends_or_begins_with_an_ellipsis() -> None:
    assert cut("proj.tasks.slow", 8, "…") == "proj.ta…"
    assert cut("proj.tasks.slow", 8, "...") == "proj...."
    assert cut("日本日本", 5, "…") == "日本…"
    assert cut("fits", 4, "…") == "fits"
    assert cut_start("/srv/proj/log/w1.log", 8, "…") == "…/w1.log"


def test_padding_counts_cells_and_not_characters() -> None:
    assert pad("日", 4) == "日  "
    assert pad("7", 3, right=True) == "  7"


def test_a_line_breaks_at_spaces_but_not_between_a_number_and_its_unit() -> None:
    assert wrap("runs for 12 s or so", 12, 3, "…") == ["runs for", "12 s or so"]
    assert wrap("db 0 is down", 6, 3, "…") == ["db 0", "is", "down"]
    assert wrap("/a/path/without/spaces", 8, 2, "…") == ["/a/path/", "without…"]
    assert wrap("    indented line", 12, 2, "…") == ["    indented", "line"]


@given(anything, st.integers(4, 90), st.sampled_from(["…", "..."]))
def test_whatever_the_text_it_fits_and_is_printable(text: str, width: int, dots: str) -> None:
    shown = clean(text)
    pieces = [cut(shown, width, dots), cut_start(shown, width, dots), *wrap(shown, width, 3, dots)]
    assert max(map(cells, pieces)) <= width
    assert len(wrap(shown, width, 3, dots)) <= 3
    assert not any(ord(character) < 32 or character == "\x7f" for character in shown)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("short", ["short"]),
        ("one two three", ["one two", "three"]),
        ("one twothreefourfive", ["one two", "threefourf", "ive"]),
        ("exactly", ["exactly"]),
        ("word   ", ["word   "]),
        ("exactly    ", ["exactly"]),
        ("one two three    ", ["one two", "three"]),
        ("           ", [""]),
        ("", [""]),
    ],
)
def test_folded_text_is_whole_and_breaks_no_word_that_fits_a_line(
    text: str, folded: list[str]
) -> None:
    assert fold(text, 7, 10) == folded


@given(st.text(alphabet="ab 漢", max_size=80), st.integers(1, 12))
def test_no_folded_line_is_too_wide(text: str, first: int) -> None:
    lines = fold(text, first, 12)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(cells(line) <= 12 for line in lines[1:])
    assert cells(lines[0]) <= max(first, 2)


@pytest.mark.parametrize(
    ("text", "flowed"),
    [
        ("short", ["short"]),
        ("", [""]),
        ("one two three", ["one two", "three"]),
        ("one twothreefourfive six", ["one twothreefourfive", "six"]),
        ("atonce10ch six", ["", "atonce10ch", "six"]),
        ("run `a b c` now", ["run", "`a b c`", "now"]),
        ("run `a b c d e f` now", ["run `a b c d e f`", "now"]),
        ("after 12 s of it", ["after", "12 s of it"]),
        ("a lone ` tick", ["a lone", "` tick"]),
        ("日本 日本 日本", ["日本", "日本 日本"]),
    ],
)
def test_flowing_text_breaks_no_word_and_no_command(text: str, flowed: list[str]) -> None:
    assert flow(text, 7, 10) == flowed


@given(st.text(alphabet="ab` 漢1s", max_size=80), st.integers(1, 12))
def test_flowing_text_loses_nothing_but_the_spaces_at_its_breaks(text: str, first: int) -> None:
    lines = flow(text, first, 12)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
