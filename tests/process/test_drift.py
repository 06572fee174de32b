from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from fleetctl.fleet.argv import command
from fleetctl.fleet.model import Node
from fleetctl.process.drift import changes
from fleetctl.runtime.formats import Record
from tests.fleet.making import node as written
from tests.process.making import record


def started(node: Node) -> Record:
    """The record of a node that was started as it was."""
    return record(
        argv=command(node), python=node.python, workdir=str(node.workdir), digest=node.digest
    )


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        ("concurrency: 2", "concurrency: 4", ["--concurrency=2 is now --concurrency=4"]),
        ("pool: solo, events: true", "pool: solo", ["--events is gone"]),
        ("pool: solo", "pool: solo, queues: [a, b]", ["--queues=a,b is new"]),
        ("env: {A: b}", "env: {A: c}", ["its environment or umask"]),
        ("pool: solo", "pool: solo, env: {A: c}", ["its environment or umask"]),
        (
            "concurrency: 2, queues: [a]",
            "autoscale: '4,2', queues: [b]",
            ["--concurrency=2 is gone", "--queues=a is now --queues=b", "--autoscale=4,2 is new"],
        ),
    ],
)
def test_what_has_changed_is_named(tmp_path: Path, was: str, now: str, told: list[str]) -> None:
    before = started(written(tmp_path, was))

    assert list(changes(before, written(tmp_path, now))) == told


def test_another_interpreter_or_folder_is_named_too(tmp_path: Path) -> None:
    (tmp_path / "next").mkdir()
    before = replace(started(written(tmp_path, "pool: solo")), python="/opt/python")

    told = changes(before, written(tmp_path, f"pool: solo, workdir: {tmp_path}/next"))

    assert told == (
        f"python /opt/python is now {sys.executable}",
        f"workdir {tmp_path} is now {tmp_path}/next",
    )


def test_nothing_has_changed_of_what_is_as_it_was(tmp_path: Path) -> None:
    node = written(tmp_path, "pool: solo, env: {A: b}")

    assert changes(started(node), node) == ()


def test_secrets_stay_secret(tmp_path: Path) -> None:
    before = started(written(tmp_path, "pool: solo, settings: {a.password: hunter1}"))

    told = changes(before, written(tmp_path, "pool: solo, settings: {a.password: hunter2}"))

    assert told
    assert "hunter" not in " ".join(told)
