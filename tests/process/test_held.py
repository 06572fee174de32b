from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

from fleetctl.process import held
from fleetctl.process.held import homeless, is_locked
from fleetctl.runtime.identity import identity_of
from fleetctl.runtime.lease import place_of
from tests.process.conftest import HOLD, Python


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A registry of the test's own."""
    folder = tmp_path / "registry"
    folder.mkdir()
    monkeypatch.setattr(held, "registry_path", lambda: folder)
    return folder


def test_looking_at_a_lock_never_disturbs_it(tmp_path: Path, python: Python) -> None:
    path = tmp_path / "alive"
    assert not is_locked(str(path))
    path.touch()
    assert not is_locked(str(path))
    with path.open("r+") as ours:
        holder = python(HOLD, str(path))
        assert is_locked(str(path))
        with pytest.raises(BlockingIOError):
            fcntl.lockf(ours, fcntl.LOCK_EX | fcntl.LOCK_NB)
        holder.kill()
        holder.wait()
    assert not is_locked(str(path))


def test_a_node_is_found_by_its_lock_when_its_rundir_is_gone(
    tmp_path: Path, registry: Path, python: Python
) -> None:
    rundir = tmp_path / "run"
    assert homeless(rundir, "w1") is None
    node = python(HOLD, place_of(str(registry), str(rundir), "w1"))
    assert homeless(rundir, "w1") == identity_of(node.pid)
    assert homeless(rundir, "w2") is None
    assert homeless(tmp_path / "other", "w1") is None
    node.kill()
    node.wait()
    assert homeless(rundir, "w1") is None


def test_without_a_registry_nobody_is_homeless(registry: Path, tmp_path: Path) -> None:
    registry.rmdir()
    assert homeless(tmp_path / "run", "w1") is None
