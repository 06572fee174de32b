from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleetctl.errors import FleetctlError
from fleetctl.process.records import (
    KEPT_ASKED,
    Damaged,
    ForeignOwner,
    left_names,
    note_asked,
    of_another_fleet,
    read_exit,
    read_record,
    read_snapshot,
    recorded_names,
)
from fleetctl.runtime.formats import Exit, Record, Snapshot, to_json
from fleetctl.runtime.node_files import NodeFiles
from tests.process import making
from tests.process.conftest import done_by_nobody

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def forge(files: NodeFiles, **changes: Any) -> None:
    data = {**json.loads(to_json(making.record())), **changes}
    Path(files.record).write_text(json.dumps(data))


def test_what_was_written_is_read(files: NodeFiles) -> None:
    record = making.record(asked=[making.asked()])
    making.write(files, record)
    making.write(files, making.snapshot(active=[making.TASK]))
    assert read_record(files) == record
    assert read_snapshot(files, record) == making.snapshot(active=[making.TASK])


def test_a_snapshot_holds_until_the_last_beat(files: NodeFiles) -> None:
    now = time.monotonic()
    written = making.snapshot(written=now - 9, written_at=1000.0, answered=now - 9)
    making.write(files, written)
    beat(files, now - 1)
    found = read_snapshot(files, making.record())
    assert isinstance(found, Snapshot)
    assert found.written == found.answered == pytest.approx(now - 1)
    assert found.written_at == pytest.approx(1008)


@pytest.mark.parametrize(
    "age",
    [
        pytest.param(20.0, id="older than the snapshot"),
        pytest.param(-1e9, id="the wall clock's: it has never beaten"),
    ],
)
def test_a_time_that_is_no_news_changes_no_snapshot(files: NodeFiles, age: float) -> None:
    now = time.monotonic()
    written = making.snapshot(written=now - 9)
    making.write(files, written)
    beat(files, now - age)
    assert read_snapshot(files, making.record()) == written


def test_a_beat_without_a_snapshot_is_nothing(files: NodeFiles) -> None:
    beat(files, time.monotonic() - 1)
    assert read_snapshot(files, making.record()) is None


def beat(files: NodeFiles, moment: float) -> None:
    path = Path(files.alive(making.record().launch))
    path.touch()
    os.utime(path, (moment, moment))


def test_a_node_that_was_never_started_has_no_record(tmp_path: Path) -> None:
    assert read_record(NodeFiles(str(tmp_path), "w1")) is None


def test_a_rundir_that_is_a_file_has_no_records(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("")
    assert read_record(NodeFiles(str(tmp_path / "run"), "w1")) is None
    assert recorded_names(tmp_path / "run") == ()


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"name": "w1"}', "[" * 100_000])
def test_a_damaged_record_is_a_fact_and_not_a_crash(files: NodeFiles, content: str) -> None:
    Path(files.record).write_text(content)
    found = read_record(files)
    assert isinstance(found, Damaged)
    assert str(found).startswith("its record.json is damaged: ")


@pytest.mark.parametrize(
    "changes",
    [
        {"uid": "root"},
        {"uid": True},
        {"identity": {"pid": "12", "start_ticks": 1, "boot_id": "b", "pid_namespace": 1}},
        {"argv": "celery"},
        {"queues": [1]},
        {"concurrency": 1.5},
        {"started_at": float("nan")},
        {"started_at": 1e300},
        {"asked": [{"signal": "TERM", "at": 1.0, "by": {}}]},
        {"launch": "../../../etc/passwd"},
        {"launch": ""},
        {"name": "w2"},
    ],
)
def test_a_forged_record_counts_for_nothing(files: NodeFiles, changes: dict[str, Any]) -> None:
    forge(files, **changes)
    assert isinstance(read_record(files), Damaged)


def test_a_newer_writers_unknown_keys_are_ignored(files: NodeFiles) -> None:
    forge(files, colour="blue")
    assert read_record(files) == making.record()


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=st.sampled_from(sorted(json.loads(to_json(making.record())))), value=ANY_JSON)
def test_whatever_a_key_holds_reading_never_raises(
    files: NodeFiles, key: str, value: object
) -> None:
    forge(files, **{key: value})
    assert isinstance(read_record(files), (Record, Damaged))


@as_root
def test_a_record_that_another_user_wrote_counts_for_nothing(files: NodeFiles) -> None:
    making.write(files, making.record())
    os.chown(files.record, 65534, 65534)
    assert read_record(files) == ForeignOwner(files.record, 65534)
    assert str(read_record(files)) == "its record.json belongs to nobody"


@as_root
def test_another_users_closed_folder_is_named_as_theirs(open_path: Path) -> None:
    files = NodeFiles(str(open_path), "w1")
    Path(files.directory).mkdir(parents=True, mode=0o700)
    assert done_by_nobody(lambda: read_record(files)) == "its record.json belongs to root"


@pytest.mark.parametrize("what", ["link", "fifo", "directory"])
def test_what_is_no_file_is_named_and_not_waited_on(files: NodeFiles, what: str) -> None:
    if what == "link":
        Path(files.record).symlink_to("/etc/hostname")
    elif what == "fifo":
        os.mkfifo(files.record)
    else:
        Path(files.record).mkdir()
    assert isinstance(read_record(files), Damaged)


def test_a_snapshot_of_another_process_counts_for_nothing(files: NodeFiles) -> None:
    making.write(files, making.snapshot(pid=12))
    assert isinstance(read_snapshot(files, making.record()), Damaged)


def test_an_exit_of_another_launch_counts_for_nothing(files: NodeFiles) -> None:
    record = making.record()
    end = Exit(launch=record.launch, code=0, signal=None, at=1.0)
    assert read_exit(files, record) is None
    Path(files.exit(record.launch)).write_bytes(to_json(end))
    assert read_exit(files, record) == end
    Path(files.exit(record.launch)).write_bytes(to_json(replace(end, launch="other")))
    assert isinstance(read_exit(files, record), Damaged)


def test_an_asked_signal_is_added_to_what_is_on_disk(files: NodeFiles) -> None:
    record = making.record()
    making.write(files, record)
    note_asked(files, record, making.asked("TERM"))
    noted = note_asked(files, record, making.asked("QUIT"))
    assert [asked.signal for asked in noted.asked] == ["TERM", "QUIT"]
    assert read_record(files) == noted


def test_an_impatient_operator_does_not_grow_the_record_for_ever(files: NodeFiles) -> None:
    making.write(files, making.record(asked=[making.asked()] * KEPT_ASKED))
    noted = note_asked(files, making.record(), making.asked("QUIT"))
    assert len(noted.asked) == KEPT_ASKED
    assert noted.asked[-1].signal == "QUIT"


def test_a_signal_for_an_earlier_launch_is_not_noted_on_the_new_one(files: NodeFiles) -> None:
    making.write(files, making.record(launch="new"))
    with pytest.raises(FleetctlError, match="w1 was started anew"):
        note_asked(files, making.record(), making.asked())
    assert read_record(files) == making.record(launch="new")


def test_the_recorded_names_are_those_with_a_record(tmp_path: Path) -> None:
    for name in ("w2", "w1", "empty"):
        Path(NodeFiles(str(tmp_path), name).directory).mkdir(parents=True)
    for name in ("w2", "w1"):
        Path(NodeFiles(str(tmp_path), name).record).write_text("{}")
    assert recorded_names(tmp_path) == ("w1", "w2")
    assert recorded_names(tmp_path / "missing") == ()


def test_a_fleet_that_is_still_there_beside_this_one_keeps_its_nodes(tmp_path: Path) -> None:
    ours, theirs, link = (tmp_path / name for name in ("fleet.yaml", "other.yaml", "link.yaml"))
    ours.touch()
    theirs.touch()
    link.symlink_to(ours)
    gone = tmp_path / "renamed.yaml"
    started_by = {"a": ours, "b": theirs, "c": link, "d": gone}
    for name, fleet in started_by.items():
        files = NodeFiles(str(tmp_path), name)
        Path(files.directory).mkdir(parents=True)
        making.write(files, making.record(name=name, fleet=str(fleet)))
    (tmp_path / "nodes" / "e").mkdir()
    (tmp_path / "nodes" / "e" / "record.json").write_text("damaged")
    assert left_names(tmp_path, ours) == ("a", "c", "d", "e")
    assert of_another_fleet(making.record(fleet=str(theirs)), ours)
    assert not of_another_fleet(making.record(fleet="/no\0where"), ours)
