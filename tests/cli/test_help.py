"""Help: every command's page as it is, what each must have, and that its examples work."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
import typer

from fleetctl.cli.pages import OPTIONS
from fleetctl.cli.program import MORE
from fleetctl.display.help import render
from tests.cli.tree import COMMANDS, PROGRAM, page
from tests.conftest import MakeFleet
from tests.support.fleets import FLEETCTL
from tests.support.golden import golden

GOLDEN = Path(__file__).parent / "golden"
WIDTH = 80
LONGEST_PURPOSE = 60


@pytest.mark.parametrize("name", [None, *COMMANDS], ids=str)
def test_the_help_reads_as_it_was_approved(name: str | None) -> None:
    text = render(page(name), width=WIDTH, styled=False) + "\n"

    assert text == golden(GOLDEN / f"help-{name or 'fleetctl'}.txt", text)


def test_no_golden_help_is_left_of_a_command_that_has_gone() -> None:
    there = {path.stem.removeprefix("help-") for path in GOLDEN.glob("help-*.txt")}

    assert there - {"fleetctl", *COMMANDS} == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_says_in_one_line_what_it_is_for_and_gives_examples(name: str) -> None:
    command = COMMANDS[name]

    assert command.rich_help_panel not in (None, MORE), "it is in no group of the overview"
    assert 0 < len(command.short_help) <= LONGEST_PURPOSE
    assert 2 <= len(page(name).examples) <= 4


@pytest.mark.parametrize("name", COMMANDS)
def test_an_example_is_a_command_line_that_the_command_takes(name: str) -> None:
    for example in page(name).examples:
        words = shlex.split(example, comments=True)
        for cut in ("|", ">", ">>"):
            words = words[: words.index(cut)] if cut in words else words
        assert words[:2] == ["fleetctl", name], example
        root = typer.Context(PROGRAM, info_name="fleetctl")
        COMMANDS[name].make_context(name, words[2:], parent=root, resilient_parsing=True)


@pytest.mark.parametrize("name", COMMANDS)
def test_no_two_options_of_a_command_are_written_alike(name: str) -> None:
    flags = [each for p in COMMANDS[name].params for each in (*p.opts, *p.secondary_opts)]

    assert len(flags) == len(set(flags))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_and_argument_says_what_it_means(name: str) -> None:
    unsaid = [param.name for param in COMMANDS[name].params if not param.help]

    assert unsaid == []


def test_a_commands_own_options_come_before_those_that_all_have() -> None:
    assert [section.title for section in page("start").sections] == [OPTIONS, "Common options"]


def test_the_overview_help_and_its_option_say_the_same(make_fleet: MakeFleet) -> None:
    fleet = make_fleet()

    alone = fleet.run()
    assert alone.code == 0
    assert alone.stdout == fleet.run("--help").stdout == fleet.run("help").stdout
    assert fleet.run("help", "start").stdout == fleet.run("start", "-h").stdout


def test_help_of_an_unknown_command_names_the_nearest(make_fleet: MakeFleet) -> None:
    result = make_fleet().run("help", "stat")

    assert result.code == 2
    assert result.stderr == "error: no such command: stat\nhint: did you mean `status`?\n"


def test_help_can_be_read_in_every_locale() -> None:
    assert all(path.read_text(encoding="utf-8").isascii() for path in GOLDEN.glob("help-*.txt"))


@pytest.mark.parametrize("command", ["help", "help start", "completion bash", "schema"])
def test_a_reader_that_has_seen_enough_ends_nothing_but_the_output(
    make_fleet: MakeFleet, command: str
) -> None:
    words = f"set -o pipefail; {FLEETCTL} {command} | head -1"

    result = make_fleet().command(["bash", "-c", words])

    assert (result.code, result.stderr) == (0, "")


def test_a_full_disk_is_said(make_fleet: MakeFleet) -> None:
    result = make_fleet().command(["bash", "-c", f"{FLEETCTL} help > /dev/full"])

    assert result.code == 1
    assert "cannot write the output: No space left on device" in result.stderr
