"""Folders that the caller may not enter."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from fleetctl.fleet import check, load
from fleetctl.fleet.locate import find
from fleetctl.fleet.places import is_file, is_folder, is_missing, unfit
from tests.fleet.making import write
from tests.process.conftest import done_by_nobody

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@pytest.fixture
def closed() -> Iterator[Path]:
    """A folder that only its owner can enter, in one that everybody can; it holds `inside`."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        folder = Path(name) / "closed"
        (folder / "inside").mkdir(parents=True)
        folder.chmod(0o700)
        # By root first: what is imported on the way, nobody may not read.
        load(write(Path(name), f"app: a\npython: {sys.executable}\nworkers: {{w1: {{}}}}\n"))
        yield folder


@as_root
def test_a_python_and_a_workdir_out_of_sight_are_said_to_be_out_of_sight(closed: Path) -> None:
    python, workdir = closed / "bin" / "python", closed / "inside"
    text = f"app: a\npython: {python}\nworkdir: {workdir}\nworkers: {{w1: {{}}}}\n"
    path = write(closed.parent, text)
    said = done_by_nobody(lambda: [problem.message for problem in check(path)[1]])
    assert said == str(
        [
            f"python: {python} can't be looked at: permission denied",
            f"workdir: {workdir} can't be looked at: permission denied",
        ]
    )


@as_root
@pytest.mark.parametrize("given", ["fleet.yaml", "inside", "inside/fleet.yaml"])
def test_a_fleet_file_out_of_sight_is_not_said_to_be_missing(closed: Path, given: str) -> None:
    def said() -> str:
        return check(find(str(closed / given), {}, Path("/")))[1][0].message

    assert done_by_nobody(said) == "can't be read: permission denied"


def test_what_is_there_is_told_apart_from_what_is_not(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("nowhere")
    assert is_file(tmp_path / "file") and not is_folder(tmp_path / "file")
    assert is_folder(tmp_path) and not is_file(tmp_path)
    assert unfit(tmp_path / "file", "a folder") == "isn't a folder"
    assert unfit(tmp_path / "link", "a folder") == "isn't a folder"
    assert unfit(tmp_path / "none", "a folder") == "doesn't exist"
    assert unfit(tmp_path / "file" / "none", "a folder") == "doesn't exist"
    assert is_missing(tmp_path / "none") and is_missing(tmp_path / "file" / "none")
    assert not is_missing(tmp_path / "link")
