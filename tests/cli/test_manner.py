"""How much is said, and in which colours: --quiet, --verbose, --color."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.conftest import MakeFleet
from tests.support.fleets import FLEETCTL, Fleet

SOLO = {"pool": "solo", "queues": ["q"]}
ESCAPE = "\x1b["


def test_quiet_says_nothing_of_what_goes_well(fleet: Fleet) -> None:
    fleet.write({"w1": SOLO})

    for command in (
        ["start", "-q"],
        ["--quiet", "status"],
        ["validate", "-q"],
        ["restart", "w1", "-q"],
        ["kill", "w1", "-q"],
        ["kill", "w1", "-q"],
        ["start", "-q"],
        ["stop", "--now", "w1", "-q"],
        ["stopwait", "w1", "-q"],
        ["start", "-q"],
        ["stop", "w1", "-q"],
    ):
        result = fleet.run(*command)
        assert (result.code, result.output) == (0, ""), result


def test_quiet_still_tells_what_went_wrong(fleet: Fleet) -> None:
    fleet.module("bad", "import nothing_of_that_name\n")
    fleet.write({"w1": SOLO}, app="bad:app")

    result = fleet.run("start", "--quiet")

    assert result.code == 3
    assert "nothing_of_that_name" in result.stdout
    assert "starting" not in result.stdout


def test_quiet_status_shows_only_what_is_not_up(fleet: Fleet) -> None:
    fleet.write({"alpha": SOLO, "omega": SOLO})
    fleet.start("alpha")

    result = fleet.run("status", "-q")

    assert result.code == 3
    assert "omega" in result.stdout
    assert "alpha" not in result.stdout


def test_verbose_shows_commands_and_signals_on_stderr_without_secrets(fleet: Fleet) -> None:
    fleet.write({"w1": {**SOLO, "queues": ["q", "x?password=hunter2"]}})

    started = fleet.run("-v", "start")
    pid = fleet.pid("w1")
    stopped = fleet.run("stop", "w1", "--verbose")

    assert "+ cd " in started.stderr
    assert "launcher.py" in started.stderr
    assert "+ fork w1, as if by: " in started.stderr
    assert "hunter2" not in started.stderr
    assert f"+ kill -TERM {pid}\n" in stopped.stderr
    assert "+ " not in started.stdout + stopped.stdout


@pytest.mark.parametrize(
    ("words", "environment", "coloured"),
    [
        ([], {}, False),
        (["--color=always"], {}, True),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        (["--color", "never"], {"FORCE_COLOR": "1"}, False),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
@pytest.mark.parametrize("command", [["status"], ["help"], ["help", "start"], ["strt"]], ids=str)
def test_colour_is_as_the_option_says_and_else_the_environment(
    make_fleet: MakeFleet,
    command: list[str],
    words: list[str],
    environment: dict[str, str],
    coloured: bool,
) -> None:
    fleet = make_fleet().write({"w1": SOLO})

    assert (ESCAPE in fleet.run(*words, *command, env=environment).output) is coloured


def test_a_colour_that_is_none_is_a_usage_error(make_fleet: MakeFleet) -> None:
    result = make_fleet().run("--color", "blue", "names")

    assert result.code == 2
    assert "'blue' is none of auto, always, never" in result.stderr


def test_what_colour_we_are_told_is_not_told_to_the_nodes(fleet: Fleet) -> None:
    fleet.write({"w1": SOLO})

    fleet.run("start", "--color=always")

    with open(f"/proc/{fleet.pid('w1')}/environ", encoding="utf-8") as environ:
        assert "FORCE_COLOR" not in environ.read()


def test_start_tells_what_of_a_running_node_has_drifted(fleet: Fleet) -> None:
    fleet.write({"w1": {**SOLO, "loglevel": "info"}})
    fleet.start()
    fleet.write({"w1": {**SOLO, "loglevel": "debug"}})

    result = fleet.run("start")

    assert result.code == 0
    assert "--loglevel=INFO is now --loglevel=DEBUG" in result.stdout
    assert "fleetctl restart w1" in result.stdout


@pytest.mark.parametrize("command", ["status", "history", "help", "logs --help", "--version"])
def test_a_reader_that_has_gone_ends_nothing_but_the_output(fleet: Fleet, command: str) -> None:
    fleet.write({"w1": SOLO})
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [FLEETCTL, *command.split()],
        cwd=fleet.folder,
        env=fleet.environment,
        check=False,
        stdout=writer,
        stderr=subprocess.PIPE,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")
