from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fleetctl.errors import FleetctlError
from fleetctl.process.rundir import check_owner, prepare, registry_dir
from tests.process.conftest import done_by_nobody

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def refusal(act: Callable[[], object]) -> FleetctlError:
    with pytest.raises(FleetctlError) as caught:
        act()
    return caught.value


def test_both_folders_are_made_with_their_parents_and_nothing_else(tmp_path: Path) -> None:
    run, log = tmp_path / "a/b/run", tmp_path / "a/log"
    prepare(run, log)
    assert run.stat().st_mode & 0o777 == 0o755
    assert list(run.iterdir()) == list(log.iterdir()) == []
    prepare(run, log)


def test_the_folders_of_other_files_are_made_and_checked_as_well(tmp_path: Path) -> None:
    other = tmp_path / "var" / "pids"
    prepare(tmp_path / "run", tmp_path / "log", other)
    assert other.is_dir()
    other.rmdir()
    other.write_text("")
    error = refusal(lambda: prepare(tmp_path / "run", tmp_path / "log", other))
    assert str(other) in error.message


def test_a_rundir_may_be_a_link_to_a_folder(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "shared")
    prepare(tmp_path / "run", tmp_path / "log")
    assert list((tmp_path / "shared").iterdir()) == []


def test_a_link_to_nowhere_is_named(tmp_path: Path) -> None:
    (tmp_path / "run").symlink_to("/nowhere/run")
    error = refusal(lambda: prepare(tmp_path / "run", tmp_path / "log"))
    assert error.message == (
        f"{tmp_path}/run is a symbolic link to /nowhere/run, which doesn't exist"
    )


def test_a_file_where_a_folder_is_wanted_is_named_and_nothing_is_left_half_made(
    tmp_path: Path,
) -> None:
    (tmp_path / "log").write_text("")
    error = refusal(lambda: prepare(tmp_path / "x/run", tmp_path / "log"))
    assert error.message == f"{tmp_path}/log is a file, not a folder"
    assert [path.name for path in tmp_path.iterdir()] == ["log"]


def test_a_file_on_the_way_to_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("")
    error = refusal(lambda: prepare(tmp_path / "var/a/run", tmp_path / "log"))
    assert error.message == (
        f"cannot make {tmp_path}/var/a/run: a file stands where a folder is wanted"
    )
    assert error.hint == f"move it away: {tmp_path}/var"


@as_root
def test_another_users_rundir_is_refused_by_root_too(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    os.chown(run, 65534, 65534)
    error = refusal(lambda: prepare(run, tmp_path / "log"))
    assert error.message == f"{run} belongs to nobody, not to root"
    assert error.hint == "run as the user the workers run as: sudo -u nobody fleetctl …"
    assert not (tmp_path / "log").exists()
    assert refusal(lambda: check_owner(run)).message == error.message


@as_root
def test_another_users_node_records_are_refused(tmp_path: Path) -> None:
    nodes = tmp_path / "run/nodes"
    nodes.mkdir(parents=True)
    os.chown(nodes, 65534, 65534)
    error = refusal(lambda: prepare(tmp_path / "run", tmp_path / "log"))
    assert error.message == f"{nodes} belongs to nobody, not to root"


def test_node_records_behind_a_link_are_refused(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run/nodes").symlink_to("/tmp")
    error = refusal(lambda: prepare(tmp_path / "run", tmp_path / "log"))
    assert error.message == f"{tmp_path}/run/nodes is a symbolic link, not a folder"


@as_root
def test_a_folder_for_everyone_is_no_rundir(open_path: Path) -> None:
    open_path.chmod(0o1777)
    said = done_by_nobody(lambda: prepare(open_path, open_path))
    assert said == (
        f"{open_path} belongs to root, not to nobody | "
        "give the fleet a folder of its own: set rundir in fleet.yaml"
    )


@as_root
def test_a_folder_that_may_not_be_made_names_who_owns_the_place(open_path: Path) -> None:
    said = done_by_nobody(lambda: prepare(open_path / "run", open_path / "log"))
    assert said == (
        f"cannot write to {open_path}/run: permission denied | "
        f"{open_path} belongs to root; you are nobody"
    )


def test_a_missing_rundir_has_no_wrong_owner(tmp_path: Path) -> None:
    check_owner(tmp_path / "run")
    assert not (tmp_path / "run").exists()


@as_root
def test_a_rundir_in_a_folder_that_may_not_be_entered_is_one_clear_error(open_path: Path) -> None:
    (open_path / "closed" / "run").mkdir(parents=True)
    (open_path / "closed").chmod(0o700)
    run = open_path / "closed" / "run"
    hint = f"{open_path}/closed belongs to root; you are nobody"
    looked = done_by_nobody(lambda: check_owner(run))
    assert looked == f"cannot look at {run}: permission denied | {hint}"
    made = done_by_nobody(lambda: prepare(run, open_path))
    assert made == f"cannot write to {run}: permission denied | {hint}"


@pytest.fixture
def small_disk(tmp_path: Path) -> Path:
    return tmp_path / "disk"


MOUNTED = """
set -e
mount -t tmpfs -o size=16k none "$1"
if [ "$2" = ro ]; then mount -o remount,ro "$1"; fi
exec "$3" -c "
from pathlib import Path
from fleetctl.errors import FleetctlError
from fleetctl.process.rundir import prepare
try:
    prepare(Path('$1/run'), Path('$1/log'))
except FleetctlError as error:
    print(error.message, '|', error.hint)
print([path.name for path in Path('$1').iterdir()])
"
"""


@as_root
@pytest.mark.parametrize(
    ("kind", "message", "hint"),
    [
        ("ro", "read-only file system", "the file system is read-only: remount it"),
        ("full", "no space left on device", "free some space (df -h, df -i)"),
    ],
)
def test_a_disk_that_takes_no_writes_is_one_clear_error(
    small_disk: Path, kind: str, message: str, hint: str
) -> None:
    small_disk.mkdir()
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", MOUNTED, "sh", str(small_disk), kind, sys.executable],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    said, left = done.stdout.splitlines()
    assert said.startswith(f"cannot write to {small_disk}/run: {message} | {hint}")
    assert left == "[]"


def test_the_registry_is_private_and_the_same_for_every_caller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "elsewhere"))
    folder = registry_dir(tmp_path)
    assert folder == tmp_path / f"fleetctl-{os.geteuid()}"
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(0o777)
    assert registry_dir(tmp_path).stat().st_mode & 0o777 == 0o700


def test_a_registry_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / f"fleetctl-{os.geteuid()}").symlink_to("/tmp")
    error = refusal(lambda: registry_dir(tmp_path))
    assert error.message.endswith("is a symbolic link, not a folder")


@as_root
def test_a_registry_that_somebody_else_has_made_is_refused(tmp_path: Path) -> None:
    folder = registry_dir(tmp_path)
    os.chown(folder, 65534, 65534)
    assert refusal(lambda: registry_dir(tmp_path)).message == f"{folder} belongs to nobody"
