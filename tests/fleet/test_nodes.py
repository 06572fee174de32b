"""From keys to nodes: paths, defaults, replicas, the digest."""

from __future__ import annotations

import socket
import sys
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from fleetctl.fleet import load
from fleetctl.fleet.model import Node
from tests.fleet.making import fleet, node, nodes, problems, write

HOST = socket.gethostname()


def test_paths_are_relative_to_the_folder_of_the_file(tmp_path: Path) -> None:
    for folder in ("src", "own"):
        (tmp_path / folder).mkdir()
    made = fleet(
        tmp_path,
        """
        app: proj
        workdir: src
        rundir: var/run
        logdir: ../log
        workers:
          w1: {}
          w2: {workdir: own, pidfile: deep/%n.pid, logfile: /var/log/%n.log}
        """,
    )
    first, second = made.nodes
    assert made.rundir == tmp_path / "var/run"
    assert made.logdir == tmp_path.parent / "log"
    assert first.workdir == tmp_path / "src"
    assert first.pidfile == tmp_path / "var/run/w1.pid"
    assert first.logfile == tmp_path.parent / "log/w1.log"
    assert second.workdir == tmp_path / "own"
    assert second.pidfile == tmp_path / "var/run/deep/w2.pid"
    assert second.logfile == Path("/var/log/w2.log")


def test_nothing_is_created_on_disk(tmp_path: Path) -> None:
    fleet(tmp_path, "app: a\nworkers: {w1: {}}\n")
    assert [path.name for path in tmp_path.iterdir()] == ["fleet.yaml"]


def test_a_virtualenvs_python_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    assert node(tmp_path, "python: bin/python").python == str(tmp_path / "bin/python")


def test_a_bare_python_is_looked_up_as_in_a_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mypython").symlink_to(sys.executable)
    (tmp_path / "fleet").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert node(tmp_path / "fleet", "python: mypython").python == str(tmp_path / "mypython")


def test_a_tilde_is_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    made = node(tmp_path, "pidfile: '~/x/%n.pid', workdir: '~'")
    assert made.pidfile == tmp_path / "x/w1.pid"
    assert made.workdir == tmp_path


def test_the_fleet_of_a_linked_folder_keeps_the_links_name(tmp_path: Path) -> None:
    (tmp_path / "release-5").mkdir()
    (tmp_path / "current").symlink_to("release-5")
    write(tmp_path / "release-5", "app: a\nworkers: {w1: {}}\n")
    made = load(tmp_path / "current" / "fleet.yaml")
    assert made.rundir == tmp_path / "current/run"


def test_a_virtualenv_in_place_of_its_python_is_recognised(tmp_path: Path) -> None:
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    path = write(tmp_path, "app: a\npython: .venv\nworkers: {w1: {}}\n")
    (problem,) = problems(path)
    assert problem.message == f"python: {tmp_path}/.venv isn't an executable file"
    assert problem.hint == "did you mean `.venv/bin/python`?"


def test_replicas_are_numbered_from_one(tmp_path: Path) -> None:
    made = nodes(tmp_path, "app: a\nworkers: {crunch: {replicas: 3}, solo: {replicas: 1}}\n")
    assert list(made) == ["crunch1", "crunch2", "crunch3", "solo1"]
    assert {each.worker for each in made.values()} == {"crunch", "solo"}
    assert made["crunch2"].nodename == f"crunch2@{HOST}"
    assert made["crunch2"].pidfile == tmp_path / "run/crunch2.pid"


def test_replicas_with_a_hostname_are_told_apart_by_n(tmp_path: Path) -> None:
    made = nodes(tmp_path, "app: a\nworkers: {c: {replicas: 2, hostname: 'eu-%n@%h'}}\n")
    assert [each.nodename for each in made.values()] == [f"eu-c1@{HOST}", f"eu-c2@{HOST}"]
    assert made["c1"].pidfile == tmp_path / "run/eu-c1.pid"


def test_a_workers_own_value_wins_and_an_empty_one_undoes_the_default(tmp_path: Path) -> None:
    made = nodes(
        tmp_path,
        """
        app: a
        defaults:
          pool: threads
          concurrency: 8
          queues: [q]
          stop_timeout: 10m
          options: {--without-mingle: true, --quiet: true}
        workers:
          w1: {pool: prefork, queues: [mine], options: {--quiet: false}}
          w2: {queues: , stop_timeout: , concurrency: }
        """,
    )
    assert (made["w1"].pool, made["w1"].concurrency) == ("prefork", 8)
    assert made["w1"].queues == ("mine",)
    assert made["w1"].stop_timeout == 600
    assert "--without-mingle" in made["w1"].options
    assert "--quiet" not in made["w1"].options
    assert (made["w2"].pool, made["w2"].concurrency) == ("threads", None)
    assert (made["w2"].queues, made["w2"].stop_timeout) == ((), None)
    assert "--quiet" in made["w2"].options


def test_a_workers_size_puts_the_defaults_other_size_out_of_force(tmp_path: Path) -> None:
    scaled = node(tmp_path, "autoscale: {min: 1, max: 3}")
    made = nodes(
        tmp_path,
        "app: proj.celery:app\ndefaults: {concurrency: 8}\n"
        "workers: {w1: {autoscale: {min: 1, max: 3}}}\n",
    )["w1"]
    assert made.options == scaled.options
    assert (made.autoscale, made.concurrency) == ((1, 3), None)


def test_the_defaults_of_a_node(tmp_path: Path) -> None:
    made = node(tmp_path, "")
    assert made.python == sys.executable
    assert made.workdir == tmp_path
    assert made.kill_timeout == 10
    assert made.stop_timeout is None
    assert made.umask is None
    assert made.kind == "worker"
    assert "--loglevel=INFO" in made.options


def test_the_timeouts_and_the_umask_are_numbers(tmp_path: Path) -> None:
    made = node(tmp_path, "stop_timeout: 1h30m, kill_timeout: 0.5, umask: '027'")
    assert (made.stop_timeout, made.kill_timeout, made.umask) == (5400, 0.5, 0o27)


@pytest.mark.parametrize("umask", ["022", "0o22", '"022"', '"0o22"'])
def test_a_umask_is_octal_however_it_is_written(tmp_path: Path, umask: str) -> None:
    assert node(tmp_path, f"umask: {umask}").umask == 0o22


def test_members_that_cant_be_started_yet_are_named(tmp_path: Path) -> None:
    made = fleet(tmp_path, "app: a\nworkers: {w1: {}}\nflower: {}\nbeat:\n")
    assert made.not_yet == ("beat", "flower")


def test_groups_hold_nodes_in_the_order_of_the_file(tmp_path: Path) -> None:
    made = fleet(
        tmp_path, "app: a\nworkers: {a: {}, b: {replicas: 2}, c: {}}\ngroups: {g: [c, b2, a]}\n"
    )
    assert dict(made.groups) == {"g": ("a", "b2", "c")}


def test_what_is_loaded_is_frozen(tmp_path: Path) -> None:
    made = fleet(tmp_path, "app: a\nworkers: {w1: {}}\n")
    with pytest.raises(FrozenInstanceError):
        made.app = "b"  # type: ignore[misc]
    with pytest.raises(TypeError):
        made.nodes[0].env["A"] = "b"  # type: ignore[index]


def test_reading_twice_gives_the_same(tmp_path: Path) -> None:
    path = write(tmp_path, "app: a\nworkers: {w1: {env: {B: b, A: a}}, w2: {replicas: }}\n")
    assert load(path) == load(path)


@pytest.mark.parametrize(
    "keys",
    [
        "concurrency: 3",
        "pool: solo",
        "queues: [a]",
        "env: {A: b}",
        "umask: '077'",
        "workdir: other",
        "loglevel: debug",
        "python: /bin/sh",
        "settings: {worker.x: 1}",
    ],
)
def test_the_digest_tells_what_would_make_the_running_node_another(
    tmp_path: Path, keys: str
) -> None:
    (tmp_path / "other").mkdir()
    assert node(tmp_path, keys).digest != node(tmp_path, "").digest


@pytest.mark.parametrize("keys", ["stop_timeout: 10m", "kill_timeout: 3", "replicas: "])
def test_the_digest_leaves_out_what_only_fleetctl_goes_by(tmp_path: Path, keys: str) -> None:
    assert node(tmp_path, keys).digest == node(tmp_path, "").digest


def test_the_digest_doesnt_depend_on_the_order_of_variables(tmp_path: Path) -> None:
    def digest(env: str) -> str:
        return node(tmp_path, f"env: {{{env}}}").digest

    assert digest("A: a, B: b") == digest("B: b, A: a")


def test_the_digest_doesnt_depend_on_how_a_value_was_given(tmp_path: Path) -> None:
    one: Node = node(tmp_path, "concurrency: 3, time_limit: 90")
    other: Node = node(tmp_path, "options: {-c: 3, --time-limit: 1m30s}")
    assert one.digest == other.digest
