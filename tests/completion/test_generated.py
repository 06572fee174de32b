"""The scripts in completions/ are those that the command tree makes; GOLDEN=write makes them so."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from fleetctl.cli.describe import tree
from fleetctl.completion.shells import MARK, SHELLS, Shell, file_name, script
from tests.cli.tree import COMMANDS, PROGRAM
from tests.conftest import MakeFleet
from tests.support.golden import golden

COMPLETIONS = Path(__file__).parent.parent.parent / "completions"


@pytest.mark.parametrize("shell", SHELLS)
def test_the_checked_in_script_is_what_the_command_tree_makes(shell: Shell) -> None:
    text = script(shell, tree(PROGRAM))

    assert text == golden(COMPLETIONS / file_name(shell), text)
    assert MARK in text


def test_nothing_else_lies_beside_the_scripts() -> None:
    assert {path.name for path in COMPLETIONS.iterdir()} == set(map(file_name, SHELLS))


@pytest.mark.parametrize("shell", SHELLS)
def test_every_command_option_and_choice_is_in_the_script(shell: Shell) -> None:
    text = script(shell, tree(PROGRAM))

    for command in tree(PROGRAM).commands:
        assert command.name in text
        for option in command.options:
            assert all(flag.lstrip("-") in text for flag in option.flags)
            assert all(word in text for word in option.values.words)


@pytest.mark.parametrize("shell", SHELLS)
def test_the_command_prints_the_script(shell: Shell, make_fleet: MakeFleet) -> None:
    result = make_fleet().run("completion", shell)

    assert result.code == 0
    assert result.stdout == script(shell, tree(PROGRAM))


@pytest.mark.parametrize("shell", SHELLS)
def test_the_shell_itself_finds_no_fault_in_its_grammar(shell: Shell) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    path = COMPLETIONS / file_name(shell)

    done = subprocess.run([shell, "-n", path], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_what_takes_names_says_so_and_so_do_files() -> None:
    values = {
        (command.name, argument.name): argument.values.kind
        for command in tree(PROGRAM).commands
        for argument in command.arguments
    }

    names = {command for command, argument in values if argument == "NAMES"}
    assert {values[command, "NAMES"] for command in names} == {"nodes"}
    assert {"start", "stop", "status"} <= names <= COMMANDS.keys()
