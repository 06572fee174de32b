"""Env files, their order, and the variables that matter."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleetctl.fleet.env import inherited, read_at_exec, read_file
from tests.fleet.making import node, nodes, problems, write


def test_every_layer_wins_over_the_one_before(tmp_path: Path) -> None:
    for name in ("fleet", "defaults", "worker"):
        order = {"fleet": "abcdef", "defaults": "cdef", "worker": "ef"}[name]
        lines = "".join(f"{letter.upper()}={name}.env\n" for letter in order)
        (tmp_path / f"{name}.env").write_text(lines)
    made = nodes(
        tmp_path,
        """
        app: a
        env_file: fleet.env
        env: {B: fleet, C: fleet, D: fleet, E: fleet, F: fleet}
        defaults:
          env_file: defaults.env
          env: {D: defaults, E: defaults, F: defaults}
        workers:
          w1: {env_file: worker.env, env: {F: worker}}
          w2: {}
        """,
    )
    assert dict(made["w1"].env) == {
        "A": "fleet.env",
        "B": "fleet",
        "C": "defaults.env",
        "D": "defaults",
        "E": "worker.env",
        "F": "worker",
    }
    assert made["w2"].env["F"] == "defaults"


def test_numbers_in_env_stay_as_they_are_written(tmp_path: Path) -> None:
    made = node(tmp_path, "env: {A: 010, B: 1.10, C: 1_000, D: 0x1F, E: 1e3, F: 12:30}")
    assert dict(made.env) == {
        "A": "010",
        "B": "1.10",
        "C": "1_000",
        "D": "0x1F",
        "E": "1e3",
        "F": "12:30",
    }


def test_an_env_file_is_read_as_python_dotenv_reads_it(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text(
        "# a comment\n\nA=1\nexport B='x y'\nC=\"line\\nbreak\"\nD=${A}2\nE= # empty\nA=3\n"
    )
    assert dict(read_file(path).values) == {
        "A": "3",
        "B": "x y",
        "C": "line\nbreak",
        "D": "12",
        "E": "",
    }
    assert read_file(path).problems == ()


def test_what_isnt_name_and_value_is_found_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("A=1\n\nnothing\nB='open\n")
    assert read_file(path).problems == (
        f"{path}, line 3: not NAME=value",
        f"{path}, line 4: not NAME=value",
    )


def test_an_env_file_in_another_encoding_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"A=\xe9\n")
    path = write(tmp_path, "app: a\nenv_file: .env\nworkers: {w1: {}}\n")
    (problem,) = problems(path)
    assert problem.line == 2
    assert problem.message == f"env_file: {tmp_path}/.env is not UTF-8 (byte 3)"


def test_a_broken_env_file_is_told_once_however_many_nodes_read_it(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("oops\n")
    path = write(tmp_path, "app: a\nenv_file: .env\nworkers: {w: {replicas: 9}}\n")
    assert len(problems(path)) == 1


@pytest.mark.parametrize(
    ("name", "effect"),
    [
        ("CELERY_BROKER_URL", "overrides the app's broker_url"),
        ("REMAP_SIGTERM", "is not passed on: it would make TERM cut running tasks off"),
        (
            "CELERY_WORKER_QUEUES",
            "has no effect: nodes take their options from fleet.yaml",
        ),
    ],
)
def test_inherited_variables_that_change_celery_are_explained(name: str, effect: str) -> None:
    (found,) = inherited({name: "x", "HOME": "/", "SHELL": "sh"})
    assert (found.name, found.value, found.effect) == (name, "x", effect)
    assert found.ignored == (name != "CELERY_BROKER_URL")


def test_inherited_variables_come_sorted() -> None:
    names = [each.name for each in inherited({"TZ": "UTC", "APP": "x", "BROKER_URL": "y"})]
    assert names == ["APP", "BROKER_URL", "TZ"]


def test_what_is_read_at_exec_is_told_from_what_a_fork_can_set() -> None:
    at_exec = {
        "PYTHONPATH": "a",
        "LD_PRELOAD": "b",
        "MALLOC_ARENA_MAX": "2",
        "GLIBC_TUNABLES": "c",
        "REMAP_SIGTERM": "SIGQUIT",
        "C_FAKEFORK": "1",
        "GEVENT_RESOLVER": "ares",
        "EVENTLET_NOBLOCK": "1",
    }
    assert read_at_exec({**at_exec, "DEBUG": "1", "CELERY_BROKER_URL": "x"}) == at_exec
