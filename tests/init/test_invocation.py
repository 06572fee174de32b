"""What a line runs: a worker, celery multi, or nothing that concerns us."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from fleetctl.init.invocation import python_of, recognise, resolved


@pytest.mark.parametrize(
    ("line", "kind", "arguments"),
    [
        ("start 3 -c 4", "multi", "start 3 -c 4"),
        ("multi start 3", "multi", "start 3"),
        ("celery multi start 3", "multi", "start 3"),
        ("celery -A proj multi start 3", "multi", "start 3 -A proj"),
        ("celery -A worker multi start 3", "multi", "start 3 -A worker"),
        ("celery -A proj multi start 3 -- a.b=1", "multi", "start 3 -A proj -- a.b=1"),
        ("python -m celery multi show w1", "multi", "show w1"),
        ("/v/bin/python /v/bin/celery multi names 3", "multi", "names 3"),
        ("celeryd-multi start 3", "multi", "start 3"),
        ("-A proj multi start 3", "multi", "start 3 -A proj"),
        ("celery -A proj worker -c 4", "worker", "-A proj worker -c 4"),
        ("celery -A beat worker", "worker", "-A beat worker"),
        ("celery worker -A proj", "worker", "worker -A proj"),
        ("worker -A proj", "worker", "worker -A proj"),
        ("-A proj worker", "worker", "-A proj worker"),
        ("exec env A=1 B=2 nohup celery worker", "worker", "worker"),
        ("celery -A proj beat -S x", "beat", "-A proj beat -S x"),
    ],
)
def test_it_is_recognised(line: str, kind: str, arguments: str) -> None:
    found = recognise(shlex.split(line))
    assert found is not None
    assert (found.kind, shlex.join(found.arguments)) == (kind, arguments)


@pytest.mark.parametrize(
    "line",
    ["", "A=1", "celery", "celery multi", "celery multi dance", "celery inspect ping", "gunicorn x",
     "python -m other worker", "worker.sh", "celery -A", "echo celery worker", "celery -A worker"],
)  # fmt: skip
def test_anything_else_is_not(line: str) -> None:
    assert recognise(shlex.split(line)) is None


def test_variables_before_the_line_are_its_environment() -> None:
    found = recognise(["A=1", "env", "B=x=y", "celery", "worker"])
    assert found is not None
    assert found.env == {"A": "1", "B": "x=y"}


def test_the_interpreter_is_the_one_beside_a_virtualenvs_celery(tmp_path: Path) -> None:
    celery = tmp_path / "celery"
    assert python_of(str(celery)) is None
    (tmp_path / "python").touch()
    assert python_of(str(celery)) == str(tmp_path / "python")
    assert python_of("/v/bin/python3.11") == "/v/bin/python3.11"
    assert python_of("celery") is None
    assert python_of(None) is None


def test_an_interpreter_is_found_from_where_the_line_is_typed(tmp_path: Path) -> None:
    (tmp_path / "python9").touch()
    (tmp_path / "python9").chmod(0o755)
    assert resolved("v/bin/python", Path("/srv"), None) == "/srv/v/bin/python"
    assert resolved("/v/python", Path("/srv"), None) == "/v/python"
    assert resolved("python9", Path("/srv"), str(tmp_path)) == str(tmp_path / "python9")
    assert resolved(None, Path("/srv"), None) is None
