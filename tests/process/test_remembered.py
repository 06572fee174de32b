"""What the records tell of a fleet whose fleet.yaml can't be read."""

from __future__ import annotations

from pathlib import Path

from fleetctl.process.remembered import remember
from fleetctl.runtime.node_files import NodeFiles
from tests.process import making


def test_the_nodes_of_another_fleet_in_the_same_rundir_are_not_remembered(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours.yaml", tmp_path / "theirs.yaml"
    for name, fleet in (("w1", ours), ("w2", theirs)):
        fleet.touch()
        files = NodeFiles(str(tmp_path), name)
        Path(files.directory).mkdir(parents=True)
        making.write(files, making.record(name=name, fleet=str(fleet)))

    remembered = remember(ours, tmp_path, {})

    assert remembered is not None
    assert [node.name for node in remembered.nodes] == ["w1"]
