"""What is begun on a guess, and when nothing is."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fleetctl.process import warmup
from fleetctl.process.probe import ProbeProcess
from fleetctl.process.spawn import LauncherProcess, passed_on


@pytest.fixture(autouse=True)
def _clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FLEETCTL_FLEET", raising=False)
    (tmp_path / "other").mkdir()
    for folder in (tmp_path, tmp_path / "other"):
        (folder / "fleet.yaml").write_text("app: proj\nworkers:\n  w1: {}\n")
    yield
    warmup.discard()


def begun(line: str) -> tuple[str, str] | None:
    """What a command line has begun, and in which folder."""
    warmup.begin(line.split(), os.environ, sys.executable)
    for folder in (Path.cwd(), Path.cwd() / "other"):
        guess = sys.executable, folder, passed_on(os.environ)
        process = warmup.take(LauncherProcess, *guess) or warmup.take(ProbeProcess, *guess)
        if process is not None:
            process.abandon()
            return type(process).__name__, folder.name
    return None


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("start", "LauncherProcess"),
        ("-q start w1", "LauncherProcess"),
        ("start restart", "LauncherProcess"),
        ("restart all", "ProbeProcess"),
        ("--color never restart --batch 2 all", "ProbeProcess"),
        ("restart --no-preflight all", "LauncherProcess"),
    ],
)
def test_a_start_begins_a_launcher_and_a_restart_its_probe(line: str, kind: str) -> None:
    found = begun(line)
    assert found is not None
    assert found[0] == kind
    assert found[1] != "other"


@pytest.mark.parametrize(
    "line",
    [
        "-f other/fleet.yaml restart w1",
        "-fother/fleet.yaml restart w1",
        "restart -fother/fleet.yaml w1",
        "--fleet=other/fleet.yaml restart w1",
        "restart w1 --fleet other/fleet.yaml",
    ],
)
def test_the_file_that_is_named_is_the_one_that_is_glanced_at(line: str) -> None:
    assert begun(line) == ("ProbeProcess", "other")


@pytest.mark.parametrize(
    "line",
    [
        "",
        "status",
        "stop all",
        "--help start",
        "start -h",
        "-qf other/fleet.yaml start",
        "-f nowhere.yaml start",
        "-f",
    ],
)
def test_nothing_is_begun_where_nothing_is_started_or_it_is_not_certain_of_what(line: str) -> None:
    assert begun(line) is None
