"""What goes wrong is said once, clearly, with the right exit code, and nothing is half done."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
from pathlib import Path

import pytest
from rich.cells import cell_len

from fleetctl.errors import ExitCode
from tests.conftest import MakeFleet
from tests.support.fleets import FLEETCTL, Fleet, Result

SOLO = {"pool": "solo", "queues": ["q"]}
EVERY_COMMAND = [
    ["start"],
    ["stop", "all"],
    ["stopwait", "all"],
    ["kill", "all"],
    ["status"],
    ["history"],
    ["show"],
    ["names"],
    ["validate"],
]


def assert_told(result: Result, code: ExitCode, *texts: str) -> None:
    """One clear error: the code, the texts, and no traceback."""
    assert result.code == code, result
    for text in texts:
        assert text in result.output, result
    assert "Traceback" not in result.output, result


@pytest.mark.parametrize("command", EVERY_COMMAND, ids=lambda command: command[0])
def test_broken_yaml_stops_every_command_with_the_place(fleet: Fleet, command: list[str]) -> None:
    fleet.path.write_text("app: proj\nworkers:\n  w1: {pool: solo\n")

    assert_told(fleet.run(*command), ExitCode.USAGE, "fleet.yaml:", "error")


@pytest.mark.parametrize("command", EVERY_COMMAND, ids=lambda command: command[0])
def test_without_a_fleet_yaml_every_command_says_where_it_looked(
    make_fleet: MakeFleet, command: list[str]
) -> None:
    fleet = make_fleet()

    assert_told(fleet.run(*command), ExitCode.USAGE, "no fleet.yaml in", str(fleet.folder))


def test_an_unknown_name_gets_its_nearest_spelling(fleet: Fleet) -> None:
    fleet.write({"crunch": SOLO, "mail": SOLO})

    assert_told(fleet.run("start", "crnch"), ExitCode.USAGE, "crnch", "crunch")
    assert fleet.states() == {"crunch": "stopped", "mail": "stopped"}


@pytest.mark.parametrize("command", ["stop", "stopwait", "kill"])
def test_what_stops_or_kills_never_guesses_whom(fleet: Fleet, command: str) -> None:
    fleet.write({"w1": SOLO})

    assert_told(fleet.run(command), ExitCode.USAGE, "which nodes?", f"fleetctl {command} all")


def test_a_bad_timeout_is_refused_before_anything_is_done(fleet: Fleet) -> None:
    fleet.write({"w1": SOLO})

    assert_told(fleet.run("start", "--timeout", "soon"), ExitCode.USAGE, "soon", "10m")
    assert not (fleet.folder / "run").exists()


def test_an_unknown_option_and_an_unknown_command_are_usage_errors(fleet: Fleet) -> None:
    fleet.write({"w1": SOLO})

    assert_told(fleet.run("start", "--now"), ExitCode.USAGE, "--now")
    assert_told(fleet.run("strat"), ExitCode.USAGE, "strat")


def test_the_fleet_file_may_be_named_before_or_after_the_command_or_in_the_environment(
    fleet: Fleet, tmp_path: Path
) -> None:
    fleet.write({"w1": SOLO})
    elsewhere = ["env", "-C", str(tmp_path)]
    path = str(fleet.path)

    for command in (
        [*elsewhere, str(FLEETCTL), "-f", path, "names"],
        [*elsewhere, str(FLEETCTL), "names", "-f", path],
        [*elsewhere, f"FLEETCTL_FLEET={path}", str(FLEETCTL), "names"],
        [*elsewhere, str(FLEETCTL), "names", "--fleet", str(fleet.folder)],
    ):
        result = fleet.command(command)
        assert (result.code, result.stdout) == (0, "w1\n"), result


def test_a_file_where_the_rundir_should_be_is_named(fleet: Fleet) -> None:
    fleet.write({"w1": SOLO})
    (fleet.folder / "run").write_text("")

    assert_told(fleet.run("start"), ExitCode.FAILED, str(fleet.folder / "run"), "hint:")


def test_a_log_folder_that_cannot_be_written_is_named(fleet: Fleet) -> None:
    fleet.write({"w1": SOLO}, logdir="/proc/nowhere")

    assert_told(fleet.run("start"), ExitCode.FAILED, "/proc/nowhere")


def test_another_users_rundir_is_refused_even_to_root(fleet: Fleet) -> None:
    fleet.write({"w1": SOLO})
    rundir = fleet.folder / "run"
    rundir.mkdir()
    os.chown(rundir, 65534, 65534)

    for command in (["start"], ["stop", "all"], ["kill", "all"], ["status"]):
        assert_told(fleet.run(*command), ExitCode.FAILED, str(rundir), "sudo -u")


def test_an_app_that_is_missing_is_named(fleet: Fleet) -> None:
    fleet.write({"w1": SOLO}, app="nowhere.celery:app")

    assert_told(fleet.run("start"), ExitCode.PARTIAL, "w1: failed", "nowhere")
    assert fleet.states() == {"w1": "failed"}


def test_an_app_that_exits_while_it_is_imported_is_told_with_its_place(fleet: Fleet) -> None:
    fleet.module("leaving", "import sys\nsys.exit(1)\n")
    fleet.write({"w1": SOLO}, app="leaving:app")

    assert_told(fleet.run("start"), ExitCode.PARTIAL, "w1: failed", "leaving.py:2")


def test_an_interpreter_that_is_not_there_is_named(fleet: Fleet) -> None:
    fleet.write({"w1": SOLO}, python="no/such/python")

    assert_told(fleet.run("start"), ExitCode.USAGE, "no/such/python")


def test_an_interpreter_without_celery_is_told(fleet: Fleet) -> None:
    python = fleet.folder / "python"
    python.write_text('#!/bin/sh\nexec /usr/bin/python3 -I "$@"\n')
    python.chmod(0o755)
    fleet.write({"w1": SOLO}, python=str(python))

    assert_told(fleet.run("start"), ExitCode.PARTIAL, "w1: failed", "celery")


def test_without_a_home_a_fleet_still_lives(fleet: Fleet) -> None:
    del fleet.environment["HOME"]
    fleet.write({"w1": SOLO})

    fleet.start()
    assert fleet.run("stopwait", "all").code == 0


def test_every_rendering_fits_forty_columns(fleet: Fleet) -> None:
    fleet.write({"w1": SOLO})
    fleet.start()

    for command in (["status"], ["stopwait", "all"], ["status"]):
        shown = in_terminal(fleet, *command, columns=40)
        assert max(map(cell_len, uncoloured(shown).splitlines())) <= 40, shown


def test_a_locale_without_unicode_gets_plain_signs(fleet: Fleet) -> None:
    fleet.write({"w1": SOLO})

    result = fleet.run("status", env={"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"})

    assert result.code == ExitCode.PARTIAL, result
    assert result.stdout.isascii(), result


def test_no_color_means_no_escape_that_colours(fleet: Fleet) -> None:
    fleet.write({"w1": SOLO})
    fleet.environment["NO_COLOR"] = "1"

    assert "\x1b[3" not in in_terminal(fleet, "status")


def test_a_reader_that_leaves_early_is_no_error(fleet: Fleet) -> None:
    fleet.write({f"w{number}": SOLO for number in range(300)})

    result = fleet.command(["sh", "-c", f"{FLEETCTL} show | head -n 1"])

    assert (result.code, result.stderr) == (0, ""), result


def test_a_reader_that_leaves_early_changes_nothing_of_what_is_done(fleet: Fleet) -> None:
    fleet.write({"w1": SOLO, "w2": SOLO})

    left = fleet.command(["bash", "-c", f"{FLEETCTL} start | true; exit ${{PIPESTATUS[0]}}"])
    assert (left.code, left.stderr) == (0, ""), left
    assert fleet.states() == {"w1": "ready", "w2": "ready"}


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_closed_streams_change_nothing_of_what_is_done(fleet: Fleet, closed: str) -> None:
    fleet.write({"w1": SOLO})

    assert fleet.command(["bash", "-c", f"{FLEETCTL} start {closed}"]).code == 0
    assert fleet.states() == {"w1": "ready"}
    assert fleet.command(["bash", "-c", f"{FLEETCTL} stopwait all {closed}"]).code == 0


def test_validate_as_json_is_whole_even_when_all_is_wrong(fleet: Fleet) -> None:
    fleet.path.write_text("app: 3\nworkers: []\nbogus: 1\n")

    result = fleet.run("validate", "--json")

    assert result.code == ExitCode.USAGE
    answer = json.loads(result.stdout)
    assert answer["valid"] is False
    assert len(answer["problems"]) >= 3


def in_terminal(fleet: Fleet, *arguments: str, columns: int = 80) -> str:
    """What a command writes to a terminal of so many columns."""
    main, worker = pty.openpty()
    process = subprocess.Popen(
        ["sh", "-c", f'stty cols {columns} rows 24; exec "$@"', "sh", str(FLEETCTL), *arguments],
        cwd=fleet.folder,
        env={**fleet.environment, "TERM": "xterm"},
        stdin=worker,
        stdout=worker,
        stderr=worker,
    )
    os.close(worker)
    chunks = []
    try:
        while chunk := os.read(main, 4096):
            chunks.append(chunk)
    except OSError:
        # Linux says EIO once the last writer has gone.
        process.wait()
    os.close(main)
    return _visible(b"".join(chunks).decode())


def uncoloured(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def _visible(text: str) -> str:
    """Without the escapes that move the cursor; those that colour stay."""
    return re.sub(r"\x1b\[[0-9;?]*[A-HJKhl]", "", text).replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.parametrize(
    "words",
    [
        ["-f", "", "restart", "all"],
        ["restart", "all", "-f", ""],
        ["status", "--fleet="],
        ["logs", "--fleet", ""],
        ["-f", "fleet.yaml", "history", "-f", ""],
        ["init", "--dry-run", "-o", ""],
        ["init", "--dry-run", "-f", ""],
    ],
    ids=" ".join,
)
def test_a_fleet_without_a_name_is_none_and_never_the_default(
    fleet: Fleet, words: list[str]
) -> None:
    fleet.write({"w1": {"pool": "solo"}})
    result = fleet.run(*words)
    assert (result.code, result.stdout) == (2, ""), result
