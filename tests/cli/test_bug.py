"""A bug in fleetctl: a short apology, a full report in a file, and no secret in either."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from fleetctl.cli.bug import apology
from tests.conftest import MakeFleet
from tests.support.fleets import Fleet

BROKEN = """
import sys
from fleetctl.cli import main, reading
from fleetctl.fleet import locate

def bug(*_):
    raise RuntimeError("no route to redis://me:hunter2@web3:6379/0")

locate.find = bug
sys.exit(main.run())
"""


def report_of(fleet: Fleet) -> Path:
    (report,) = (fleet.folder / "home/.local/state/fleetctl").iterdir()
    return report


@pytest.fixture
def broken(make_fleet: MakeFleet) -> Fleet:
    fleet = make_fleet(CELERY_BROKER_URL="redis://:hunter2@web3", FLEETCTL_TOKEN="hunter2")
    fleet.module("broken", BROKEN)
    return fleet


def test_a_bug_is_an_apology_and_a_report_not_a_traceback(broken: Fleet) -> None:
    result = broken.command([sys.executable, "broken.py", "status", "--color=never"])

    assert result.code == 1
    assert result.stderr.startswith("error: sorry, this is a bug in fleetctl: RuntimeError: no ")
    assert str(report_of(broken)) in result.stderr
    assert "send it" in result.stderr
    assert "Traceback" not in result.output
    text = report_of(broken).read_text()
    assert "Traceback" in text
    assert "command: 'broken.py' 'status'" in text
    assert f"folder: {broken.folder}" in text


def test_neither_apology_nor_report_holds_a_password(broken: Fleet) -> None:
    result = broken.command([sys.executable, "broken.py", "status"])

    assert "hunter2" not in result.output
    assert "hunter2" not in report_of(broken).read_text()
    assert report_of(broken).stat().st_mode & 0o077 == 0


def test_without_a_folder_to_write_to_the_report_is_in_the_message(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(blocked))
    monkeypatch.setattr("tempfile.tempdir", str(blocked))
    try:
        raise KeyError("x")
    except KeyError as error:
        told = apology(error)

    assert "Traceback" in told.message
    assert told.hint is not None
    assert "no file" in told.hint


def test_an_installation_without_its_libraries_is_reported_too(make_fleet: MakeFleet) -> None:
    fleet = make_fleet()
    missing = "import sys; sys.modules['typer'] = None; from fleetctl.__main__ import main; main()"

    result = fleet.command([sys.executable, "-c", missing, "status"])

    assert result.code == 1
    assert "this is a bug in fleetctl: ModuleNotFoundError: import of typer" in result.stderr
    assert "Traceback" not in result.output
    assert "Traceback" in report_of(fleet).read_text()


def test_without_a_home_the_report_is_in_the_temporary_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    told = apology(KeyError("x"))

    (report,) = tmp_path.glob("fleetctl-bug-*.txt")
    assert str(report) in (told.hint or "")
    assert report.stat().st_mode & 0o077 == 0
