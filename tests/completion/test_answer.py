"""What the program answers to TAB: names, in an order, with what each is doing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from fleetctl.completion.answer import candidates
from fleetctl.runtime.formats import DRAINING, EXITED, Identity
from fleetctl.runtime.identity import identity_of
from tests.completion.rundirs import put
from tests.process.making import GONE
from tests.support.fleets import FLEETCTL, Fleet

FLEET = """\
app: proj
defaults: {concurrency: 4}
workers:
  down: {}
  up: {pool: gevent, queues: [mail, images]}
  leaving: {pool: solo, queues: "mail"}
  fallen: {}
groups:
  some: [up, down]
"""
HEAVY = {"typer", "rich", "pydantic", "psutil", "celery", "yaml", "click", "dataclasses"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A fleet with a node in each situation: up, leaving, fallen, down, and one not in the file."""
    (tmp_path / "fleet.yaml").write_text(FLEET)
    here = identity_of(os.getpid())
    put(tmp_path, "up", here)
    put(tmp_path, "leaving", here, phase=DRAINING)
    put(tmp_path, "fallen", GONE)
    put(tmp_path, "left", here)
    put(tmp_path, "leftandgone", GONE)
    return tmp_path


def offered(
    folder: Path, first: str = "", *given: str, kind: str = "nodes", typed: str = ""
) -> dict[str, str]:
    return dict(candidates(kind, first, typed, str(folder / "fleet.yaml"), given))


def test_each_name_comes_with_what_it_is_doing(folder: Path) -> None:
    found = offered(folder)

    assert found["down"] == "stopped, prefork\N{MULTIPLICATION SIGN}4"
    assert found["up"] == "ready, gevent\N{MULTIPLICATION SIGN}4"
    assert found["leaving"] == "draining, solo"
    assert found["fallen"] == "crashed, prefork\N{MULTIPLICATION SIGN}4"
    assert found["left"] == "ready, not in fleet.yaml"
    assert found["@some"] == "group: up, down"
    assert found["all"] == "all 5 nodes"
    assert "leftandgone" not in found


def test_what_the_command_is_for_comes_first_and_else_the_order_of_the_file(folder: Path) -> None:
    assert list(offered(folder))[:5] == ["down", "up", "leaving", "fallen", "left"]
    assert list(offered(folder, "running"))[:5] == ["up", "leaving", "left", "down", "fallen"]
    assert list(offered(folder, "stopped"))[:4] == ["down", "fallen", "up", "leaving"]


def test_what_has_left_fleet_yaml_can_be_stopped_but_not_started(folder: Path) -> None:
    assert "left" in offered(folder, "running")
    assert "left" not in offered(folder, "stopped")


def test_a_node_that_was_told_to_stop_is_draining_then_stopped(tmp_path: Path) -> None:
    (tmp_path / "fleet.yaml").write_text("app: a\nworkers: {w1: {}, w2: {}, w3: {}}\n")
    put(tmp_path, "w1", identity_of(os.getpid()), asked=True)
    put(tmp_path, "w2", GONE, asked=True)
    put(tmp_path, "w3", GONE, phase=EXITED)

    found = offered(tmp_path)

    assert [found[name].partition(",")[0] for name in ("w1", "w2", "w3")] == [
        "draining",
        "stopped",
        "stopped",
    ]


def test_a_reused_pid_is_not_the_node(tmp_path: Path) -> None:
    (tmp_path / "fleet.yaml").write_text("app: a\nworkers: {w1: {}}\n")
    mine = identity_of(os.getpid())
    put(tmp_path, "w1", Identity(mine.pid, mine.start_ticks - 1, mine.boot_id, mine.pid_namespace))

    assert offered(tmp_path)["w1"].startswith("crashed")


def test_what_was_given_is_not_offered_again(folder: Path) -> None:
    assert "up" not in offered(folder, "", "up", "@some")
    assert "@some" not in offered(folder, "", "up", "@some")
    assert offered(folder, "", "all") == {}


def test_nodenames_are_offered_once_an_at_sign_is_typed(folder: Path) -> None:
    found = list(offered(folder, typed="up@"))

    assert f"up@{os.uname().nodename}" in found
    assert "all" not in found
    assert "up" in list(offered(folder, typed="@"))


def test_queues(folder: Path) -> None:
    assert list(offered(folder, kind="queues")) == ["mail", "images"]
    assert list(offered(folder, "", "mail", kind="queues")) == ["images"]


def test_without_a_fleet_nothing_is_offered_and_nothing_said(tmp_path: Path) -> None:
    done = subprocess.run(
        [FLEETCTL, "_complete", "nodes", "", "", ""], cwd=tmp_path, capture_output=True, check=False
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.parametrize("words", [[], ["nodes"], ["nonsense", "", "", "/", "x"], ["\udcff"] * 5])
def test_nonsense_is_answered_by_silence(folder: Path, words: list[str]) -> None:
    done = subprocess.run(
        [FLEETCTL, "_complete", *words], cwd=folder, capture_output=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, b"")


def test_names_that_could_change_a_terminal_are_not_offered(tmp_path: Path) -> None:
    text = 'app: a\nworkers: {"a\\e[2Jb": {}, "$(id)": {}, w1: {pool: "x\\ny"}}\n'
    (tmp_path / "fleet.yaml").write_text(text)
    (tmp_path / "run/nodes/$(id)").mkdir(parents=True)

    assert list(offered(tmp_path)) == ["w1", "all"]


@pytest.mark.parametrize("active", ["$(id)", "`id`", "a!b", "a'b", 'a"b'])
def test_what_a_shell_could_run_behind_an_open_quote_is_not_offered(
    tmp_path: Path, active: str
) -> None:
    worker = {"hostname": f"%n@{active}", "queues": [active, "mail"]}
    (tmp_path / "fleet.yaml").write_text(yaml.safe_dump({"app": "a", "workers": {"w1": worker}}))

    assert list(offered(tmp_path, typed="w1@")) == ["w1"]
    assert list(offered(tmp_path, kind="queues")) == ["mail"]


def test_an_ascii_locale_gets_ascii(folder: Path) -> None:
    done = subprocess.run(
        [FLEETCTL, "_complete", "nodes", "", "", ""],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "LC_ALL": "C",
            "PYTHONCOERCECLOCALE": "0",
            "PYTHONUTF8": "0",
        },
        capture_output=True,
        check=True,
    )

    assert b"down\tstopped, prefork" in done.stdout
    assert done.stdout.isascii()


def test_nothing_heavy_is_imported_and_never_the_app(folder: Path) -> None:
    (folder / "proj.py").write_text("raise SystemExit('the app was imported')\n")
    reveal = (
        "import sys; from fleetctl.__main__ import main; main(); "
        "print(*sorted(name.partition('.')[0] for name in sys.modules), file=sys.stderr)"
    )

    done = subprocess.run(
        [sys.executable, "-c", reveal, "_complete", "nodes", "running", "", ""],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "up\tready" in done.stdout
    assert HEAVY & set(done.stderr.split()) == set()


def test_the_states_are_those_that_status_tells_of_real_nodes(fleet: Fleet) -> None:
    solo = {"pool": "solo", "queues": ["q"]}
    fleet.write({"w1": solo, "w2": solo})
    fleet.start("w1")

    found = dict(candidates("nodes", "stopped", "", str(fleet.path), ()))

    assert list(found)[:2] == ["w2", "w1"]
    assert found["w1"] == "ready, solo"
    assert fleet.states() == {"w1": "ready", "w2": "stopped"}
