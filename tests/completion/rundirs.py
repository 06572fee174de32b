"""What started nodes leave in a rundir, without any having been started."""

from __future__ import annotations

from pathlib import Path

from fleetctl.runtime.files import write_atomic
from fleetctl.runtime.formats import Asked, Identity, Record, to_json
from fleetctl.runtime.node_files import NodeFiles
from tests.process.making import ALICE, record, snapshot


def put(
    folder: Path, name: str, identity: Identity, *, asked: bool = False, **changes: object
) -> None:
    """What a started node leaves in the rundir."""
    files = NodeFiles(str(folder / "run"), name)
    Path(files.directory).mkdir(parents=True)
    made: Record = record(identity, name=name)
    if asked:
        made = record(identity, name=name, asked=[Asked("TERM", 1.0, ALICE)])
    write_atomic(files.record, to_json(made))
    told = snapshot(launch=made.launch, pid=identity.pid, **changes)
    write_atomic(files.snapshot(made.launch), to_json(told))
