from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.runtime.conftest import MakeLaunch

LOGGING_UNAME = """#!/bin/sh
echo $PPID >> {log}
echo unknown
"""


@pytest.fixture(params=["this Celery", "an older Celery"])
def python(request: pytest.FixtureRequest) -> str:
    """An interpreter that has Celery."""
    if request.param == "this Celery":
        return sys.executable
    older: str = request.getfixturevalue("old_python")
    return older


def test_the_launcher_alone_runs_uname_once_for_all_its_nodes(
    make_launch: MakeLaunch, tmp_path: Path, python: str
) -> None:
    launch = make_launch(python=python)
    programs, log = tmp_path / "bin", tmp_path / "uname.log"
    programs.mkdir()
    (programs / "uname").write_text(LOGGING_UNAME.format(log=log))
    (programs / "uname").chmod(0o755)
    launch.env["PATH"] = f"{programs}:{launch.env['PATH']}"
    for name in ("w1", "w2", "w3"):
        launch.node(name, "-c", "1")
    launch.start().ready()
    assert launch.process is not None
    assert log.read_text().split() == [str(launch.process.pid)]
