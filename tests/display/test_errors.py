from __future__ import annotations

from fleetctl.display.errors import plain, render, render_note, render_warning
from fleetctl.errors import FleetctlError, UsageError
from tests.display.printing import drawn

UNKNOWN = UsageError("no node named w9", hint="did you mean w1?")


def test_an_error_is_a_line_and_its_hint_another() -> None:
    assert plain(UNKNOWN) == "error: no node named w9\nhint: did you mean w1?"
    assert plain(FleetctlError("no")) == "error: no"


def test_colours_mark_the_labels_and_change_no_word() -> None:
    assert drawn(render(UNKNOWN, width=80)) == plain(UNKNOWN) + "\n"
    assert drawn(render(UNKNOWN, width=80), colour=True) == (
        "\x1b[1;31merror: \x1b[0mno node named w9\n\x1b[1;36mhint: \x1b[0mdid you mean w1?\n"
    )


def test_a_long_word_is_left_in_one_piece_to_be_copied() -> None:
    path = "/a/long/path" * 20
    assert drawn(render(FleetctlError(path), width=40), 40) == f"error: {path}\n"


def test_a_long_message_breaks_between_words_but_not_within_a_command() -> None:
    error = FleetctlError("one two three four five\nsix", hint="say `fleetctl restart a b` again")
    assert drawn(render(error, width=24), 24) == (
        "error: one two three\n  four five\n  six\nhint: say\n  `fleetctl restart a b`\n  again\n"
    )


def test_a_note_keeps_the_indents_of_its_lines() -> None:
    assert render_note("halted\n  w1: down since then", width=16) == (
        "halted\n  w1: down since\n    then"
    )


def test_controls_are_spelled_out_and_further_lines_indented() -> None:
    assert plain(FleetctlError("a\x1b[2J\nb [red]")) == "error: a\\x1b[2J\n  b [red]"


def test_a_warning_is_labelled_and_made_harmless_like_an_error() -> None:
    assert drawn(render_warning("mind\x1b[2J", width=80)) == "warning: mind\\x1b[2J\n"
    assert "\x1b[1;33mwarning: " in drawn(render_warning("mind", width=80), colour=True)
