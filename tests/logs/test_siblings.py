"""Which files are rotated logs, and of which log."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from fleetctl.logs.forms import Forms
from fleetctl.logs.siblings import find, siblings
from fleetctl.logs.sources import NodeLogs
from tests.logs.making import written


@pytest.mark.parametrize(
    "name",
    [
        "w1.log.1",
        "w1.log.12.gz",
        "w1.log-20261122",
        "w1.log-20261122.gz",
        "w1.log-20261122-1795378500.xz",
        "w1.log-2026-11-22",
        "w1.log.2026-11-22",
        "w1.log-2026112205.backup",
        "w1.log.2026-11-22_20-15",
        "w1.log.3.bz2",
        "w1.1.log",
        "w1-20261122.log.gz",
    ],
)
def test_what_rotation_makes_of_a_log_is_its_sibling(tmp_path: Path, name: str) -> None:
    written(tmp_path / name, "x")
    (found,) = siblings(tmp_path / "w1.log")
    assert found.path.name == name
    assert found.packed == name.endswith((".gz", ".xz", ".bz2"))


@pytest.mark.parametrize(
    "name",
    [
        "w1.log",
        "w1",
        "w10.log.1",
        "w1-1.log",
        "w1.log.bak",
        "w1.log.1.tmp",
        "w1.log.12345",
        "w1.lock",
        "xw1.log.1",
    ],
)
def test_other_files_are_not(tmp_path: Path, name: str) -> None:
    written(tmp_path / name, "x")
    assert siblings(tmp_path / "w1.log") == []


def test_a_log_in_its_own_right_and_a_folder_are_not(tmp_path: Path) -> None:
    other = written(tmp_path / "w1.1.log", "x")
    (tmp_path / "w1.log.2").mkdir()
    assert siblings(tmp_path / "w1.log", {other}) == []
    assert siblings(tmp_path / "no folder" / "w1.log") == []


def test_the_oldest_comes_first_and_numbers_decide_between_equals(tmp_path: Path) -> None:
    for number, modified in ((1, 200), (2, 200), (3, 100)):
        written(tmp_path / f"w1.log.{number}", "x", modified=modified)
    names = [each.path.name for each in siblings(tmp_path / "w1.log")]
    assert names == ["w1.log.3", "w1.log.2", "w1.log.1"]


def test_what_is_being_compressed_counts_once(tmp_path: Path) -> None:
    written(tmp_path / "w1.log.1", "x")
    written(tmp_path / "w1.log.1.gz", gzip.compress(b"x")[:5])
    assert [each.path.name for each in siblings(tmp_path / "w1.log")] == ["w1.log.1"]


def test_a_sibling_is_found_by_whatever_name_it_goes_now(tmp_path: Path) -> None:
    path = written(tmp_path / "w1.log.1", "the one")
    (sibling,) = siblings(tmp_path / "w1.log")
    path.rename(tmp_path / "w1.log.2")
    written(path, "another")
    descriptor = find(sibling, tmp_path / "w1.log")
    assert os.pread(descriptor, 99, 0) == b"the one"
    os.close(descriptor)
    (tmp_path / "w1.log.2").unlink()
    with pytest.raises(FileNotFoundError):
        find(sibling, tmp_path / "w1.log")


def test_pool_children_and_what_was_printed_are_files_of_the_node(tmp_path: Path) -> None:
    for name in ("w1.log", "w1-1.log", "w1-10.log", "w1-2.log", "w1-x.log", "w2-1.log"):
        written(tmp_path / name, "x")
    written(tmp_path / "node" / "1a2b.output", "x")
    written(tmp_path / "node" / "record.json", "x")
    node = NodeLogs(
        label="w1",
        main=(tmp_path / "w1.log",),
        template=str(tmp_path / "w1%I.log"),
        folder=tmp_path / "node",
        forms=Forms(),
    )
    names = [file.path.name for file in node.files()]
    assert names == ["w1.log", "w1-1.log", "w1-2.log", "w1-10.log", "1a2b.output"]
    assert [file.printed for file in node.files()][-2:] == [False, True]


def test_a_template_without_a_childs_number_has_no_children(tmp_path: Path) -> None:
    written(tmp_path / "w1-1.log", "x")
    node = NodeLogs(label="w1", main=(), template=str(tmp_path / "w1.log"), forms=Forms())
    assert (node.files(), node.has_children) == ([], False)
