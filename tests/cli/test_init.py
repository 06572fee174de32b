"""`fleetctl init` as it is typed: what it shows, what it writes, and that it overwrites nothing."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.conftest import MakeFleet
from tests.support.fleets import FLEETCTL, Fleet

LINE = ["start", "2", "-A", "fleetctl.sample:app", "-c", "1", "--pidfile=run/%n.pid"]


@pytest.fixture
def folder(make_fleet: MakeFleet) -> Fleet:
    """A folder without a fleet.yaml."""
    return make_fleet()


def entries(fleet: Fleet) -> set[str]:
    return {path.name for path in fleet.folder.iterdir()} - {"home"}


def test_the_text_is_shown_and_written_and_valid(folder: Fleet) -> None:
    result = folder.run("init", "--", *LINE)
    assert result.code == 0, result
    assert folder.path.read_text() == result.stdout
    assert "fleet.yaml: 2 nodes\nnext: fleetctl start\n" in result.stderr
    assert folder.run("validate").code == 0
    assert folder.run("names").stdout.split() == ["celery1", "celery2"]
    assert entries(folder) == {"fleet.yaml"}


def test_no_queue_that_the_code_sends_to_is_left_without_a_consumer(folder: Fleet) -> None:
    folder.module(
        "shop",
        "from celery import Celery\napp = Celery('shop')\n"
        "app.conf.task_routes = {'a': {'queue': 'bulk'}, 'b': {'queue': 'celery'}}\n",
    )
    assert folder.run("init").code == 0
    assert yaml.safe_load(folder.path.read_text())["workers"] == {
        "default": None,
        "routed": {"queues": ["bulk"]},
    }


def test_a_fleet_yaml_above_that_is_hidden_is_named(folder: Fleet) -> None:
    folder.write({"w1": {}})
    below = folder.folder / "below"
    below.mkdir()
    target = below / "fleet.yaml"
    told = folder.run("init", "-o", str(target), "--", *LINE).stderr
    assert f"in {below} and below, it is now used instead of {folder.path}\n" in told
    named = folder.run("init", "-o", str(below / "other.yaml"), "--", *LINE).stderr
    assert "instead of" not in named


def test_a_line_needs_no_dashes_before_it(folder: Fleet) -> None:
    with_dashes = folder.run("init", "-n", "--", "celery", "multi", *LINE)
    without = folder.run("init", "-n", "celery", "multi", *LINE)
    assert with_dashes.stdout == without.stdout
    assert without.code == 0


def test_settings_behind_dashes_of_the_lines_own_arrive(folder: Fleet) -> None:
    for dashes in (["--"], []):
        result = folder.run("init", "-n", *dashes, *LINE, "--", "worker.prefetch_multiplier=2")
        assert "settings: {worker.prefetch_multiplier: 2}" in result.stdout, result


def test_a_dry_run_writes_nothing(folder: Fleet) -> None:
    result = folder.run("init", "--dry-run", *LINE, "-b", "redis://:hush@h")
    assert result.code == 0, result
    assert "workers:" in result.stdout
    assert "hush" not in result.output
    assert entries(folder) == set()


@pytest.mark.parametrize("kind", ["file", "folder", "dangling link"])
def test_what_is_there_is_left_as_it_is(folder: Fleet, kind: str) -> None:
    if kind == "file":
        folder.path.write_text("mine")
    elif kind == "folder":
        folder.path.mkdir()
        (folder.path / "fleet.yaml").write_text("mine")
    else:
        folder.path.symlink_to("nowhere")
    result = folder.run("init", *LINE)
    assert result.code == 2, result
    assert "is there already, and is left as it is" in result.stderr
    assert entries(folder) == {"fleet.yaml"}
    assert folder.run("init", "-n", *LINE).code == 0


def test_a_dry_run_names_what_the_env_file_would_get_and_no_value(folder: Fleet) -> None:
    result = folder.run("init", "-n", "--", *LINE, "-b", "redis://:hunter2@cache-1/0")
    assert result.code == 0, result
    assert "env_file: fleet.env" in result.stdout
    told = f"{folder.folder / 'fleet.env'}, for your eyes only, would get: CELERY_BROKER_URL"
    assert told in result.stderr
    assert "hunter2" not in result.output
    assert entries(folder) == set()


def test_a_dry_run_without_secrets_speaks_of_no_env_file(folder: Fleet) -> None:
    assert "fleet.env" not in folder.run("init", "-n", "--", *LINE).output


def test_an_env_file_that_is_there_is_left_as_it_is(folder: Fleet) -> None:
    (folder.folder / "fleet.env").write_text("MINE=1\n")
    result = folder.run("init", *LINE, "-b", "redis://:hush@h")
    assert result.code == 2, result
    assert (folder.folder / "fleet.env").read_text() == "MINE=1\n"
    assert entries(folder) == {"fleet.env"}


def test_secrets_are_written_for_their_owner_alone(folder: Fleet) -> None:
    result = folder.run("init", *LINE, "-b", "redis://:hush@h")
    assert result.code == 0, result
    assert stat.S_IMODE((folder.folder / "fleet.env").stat().st_mode) == 0o600
    assert "hush" not in result.output + folder.path.read_text()
    assert folder.run("validate").code == 0


def test_fleet_yaml_gets_the_mode_that_the_umask_leaves(folder: Fleet) -> None:
    folder.prefix = ["sh", "-c", 'umask 027; exec "$@"', "sh"]
    assert folder.run("init", *LINE).code == 0
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o640


def test_another_place_is_written_to(folder: Fleet) -> None:
    (folder.folder / "deploy").mkdir()
    result = folder.run("init", "-o", "deploy/prod.yaml", *LINE)
    assert result.code == 0, result
    assert f"next: fleetctl -f {folder.folder}/deploy/prod.yaml start" in result.stderr
    assert folder.run("-f", "deploy/prod.yaml", "validate").code == 0


def test_a_folder_stands_for_the_fleet_yaml_in_it(folder: Fleet) -> None:
    (folder.folder / "deploy").mkdir()
    assert folder.run("init", "-o", "deploy", *LINE).code == 0
    assert (folder.folder / "deploy" / "fleet.yaml").exists()


def test_the_place_that_other_commands_would_read_is_written_to(folder: Fleet) -> None:
    env = {"FLEETCTL_FLEET": str(folder.folder / "mine.yaml")}
    assert folder.run("init", *LINE, env=env).code == 0
    assert folder.run("-f", "also.yaml", "init", *LINE, env=env).code == 0
    assert entries(folder) == {"mine.yaml", "also.yaml"}


def test_a_place_that_is_not_there_is_named(folder: Fleet) -> None:
    result = folder.run("init", "-o", "nowhere/fleet.yaml", *LINE)
    assert result.code == 2, result
    assert "nowhere is no folder to write fleet.yaml into" in result.stderr


def test_only_one_thing_can_be_gone_by(folder: Fleet) -> None:
    for arguments in (["--adopt", *LINE], ["--adopt", "--from", "x"], ["--from", "x", *LINE]):
        result = folder.run("init", *arguments)
        assert result.code == 2, result
        assert "only one of them" in result.stderr


def test_what_validate_would_refuse_is_shown_and_not_written(folder: Fleet) -> None:
    result = folder.run("init", *LINE, "--workdir=gone")
    assert result.code == 2, result
    assert f"{folder.folder}/gone doesn't exist" in result.stderr
    assert "nothing is written" in result.stderr
    assert "workdir: gone" in result.stdout
    assert entries(folder) == set()


def test_a_place_that_cannot_be_written_is_named(folder: Fleet) -> None:
    result = folder.run("init", "-o", "/proc/fleet.yaml", *LINE, "--logfile=/proc/1.log")
    assert result.code == 1, result
    assert "cannot write /proc/fleet.yaml: " in result.stderr


def test_a_reader_that_leaves_early_is_no_error(folder: Fleet) -> None:
    done = subprocess.run(
        f"{FLEETCTL} init -n start 2000 -A a -Q:1 x | head -1",
        shell=True,
        cwd=folder.folder,
        env=folder.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == 1


def test_what_nobody_reads_to_its_end_is_written_all_the_same(folder: Fleet) -> None:
    done = folder.command(["sh", "-c", f"{FLEETCTL} init start 9 -A fleetctl.sample:app | :"])
    assert done.output.startswith("wrote "), done
    assert folder.run("validate").code == 0


def test_several_at_once_write_one_file(folder: Fleet) -> None:
    running = [folder.begin("init", *LINE[:3], f"p.a{n}:app", *LINE[4:]) for n in range(6)]
    outputs = [process.communicate(timeout=60)[0] for process in running]
    codes = sorted(process.returncode for process in running)
    assert codes == [0, 2, 2, 2, 2, 2], outputs
    winner = outputs[[process.returncode for process in running].index(0)]
    assert folder.path.read_text() in winner
    assert entries(folder) == {"fleet.yaml"}


def test_a_locale_without_unicode_is_no_trouble(folder: Fleet) -> None:
    env = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    result = folder.run("init", *LINE, "-Q", "größe", env=env)
    assert result.code == 0, result
    assert "größe" in folder.path.read_text(encoding="utf-8")
    assert folder.run("validate").code == 0


def test_a_word_that_is_not_utf8_is_refused_in_words(folder: Fleet) -> None:
    command = [str(FLEETCTL).encode(), b"init", b"start", b"w1", b"-A", b"a", b"-Q", b"\xff"]
    done = subprocess.run(
        command, cwd=folder.folder, env=folder.environment, capture_output=True, check=False
    )
    assert b"is not UTF-8, which fleet.yaml is" in done.stderr
    assert done.returncode == 2


def test_what_is_written_starts(folder: Fleet, redis_url: str) -> None:
    line = [*LINE, "--without-mingle", "--without-gossip", "-b", redis_url, "--logfile=log/%n.log"]
    assert folder.run("init", *line, f"--hostname={folder.domain}").code == 0
    result = folder.start()
    assert "2 started" in result.stdout
    assert folder.run("stopwait", "all").code == 0


def test_help_shows_how_a_line_is_given(folder: Fleet) -> None:
    result = folder.run("init", "--help")
    assert "-- LINE" in result.stdout
    assert "nothing is ever overwritten" in result.stdout


def test_the_path_of_the_file_is_told_as_it_is(folder: Fleet) -> None:
    odd = folder.folder / "my folder"
    odd.mkdir()
    result = folder.run("init", "-o", "my folder", *LINE)
    assert f"next: fleetctl -f '{odd}/fleet.yaml' start" in result.stderr
    assert Path(odd / "fleet.yaml").exists()


def test_what_is_no_file_is_neither_waited_for_nor_read_without_end(folder: Fleet) -> None:
    fifo = folder.folder / "Procfile.fifo"
    os.mkfifo(fifo)
    for path in (str(fifo), "/dev/zero", "."):
        result = folder.run("init", "--from", path)
        assert result.code == 2
        assert "is not a file" in result.stderr
