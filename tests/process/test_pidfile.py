from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleetctl.process import pidfile
from fleetctl.process.pidfile import clear, parse, read, remove_stale
from tests.process.conftest import done_by_nobody


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "w1.pid"


def test_a_missing_pidfile_is_no_problem(path: Path) -> None:
    facts = read(path)
    assert (facts.pid, facts.problem) == (None, None)


def test_a_pid_in_celerys_format_is_read(path: Path) -> None:
    path.write_text("4711\n")
    facts = read(path)
    assert (facts.pid, facts.problem) == (4711, None)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "its pidfile is empty"),
        (b" \n\n", "its pidfile is empty"),
        (b"worker\n", "its pidfile holds 'worker', not a pid"),
        (b"12x", "its pidfile holds '12x', not a pid"),
        (b"\xff\xfe\n", "its pidfile holds '\ufffd\ufffd', not a pid"),
        ("\u0664\n".encode(), "its pidfile holds '\u0664', not a pid"),
        (b"0\n", "its pidfile holds 0, which can't be a worker's pid"),
        (b"1\n", "its pidfile holds 1, which can't be a worker's pid"),
        (b"-1\n", "its pidfile holds -1, which can't be a worker's pid"),
        (b"2147483648\n", "its pidfile holds 2147483648, which can't be a worker's pid"),
        (b"9" * 5000, "its pidfile holds 99999999999999999999, which can't be a worker's pid"),
        (b"12\n13\n", "its pidfile has more than one line"),
    ],
)
def test_garbage_is_survived_and_named(content: bytes, problem: str, path: Path) -> None:
    path.write_bytes(content)
    facts = read(path)
    assert (facts.pid, facts.problem) == (None, problem)


def test_our_own_pid_is_named_as_ours(path: Path) -> None:
    path.write_text(f"{os.getpid()}\n")
    assert read(path).problem == f"its pidfile holds {os.getpid()}, the pid of this very fleetctl"


def test_a_directory_is_named(path: Path) -> None:
    path.mkdir()
    assert read(path).problem == "its pidfile is a directory"


def test_a_fifo_is_named_and_not_waited_on(path: Path) -> None:
    os.mkfifo(path)
    assert read(path).problem == "its pidfile is a fifo"


@pytest.mark.parametrize("target", ["missing", "present"])
def test_a_link_is_named_and_not_followed(path: Path, target: str) -> None:
    (path.parent / "present").write_text("4711\n")
    path.symlink_to(path.parent / target)
    assert read(path).problem == "its pidfile is a symbolic link"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_an_unreadable_pidfile_is_named(open_path: Path) -> None:
    path = open_path / "w1.pid"
    path.write_text("4711\n")
    path.chmod(0o600)
    said = done_by_nobody(lambda: read(path).problem)
    assert said == "its pidfile can't be read: permission denied"


@given(st.binary(max_size=100))
def test_whatever_it_holds_there_is_either_a_pid_or_a_problem(content: bytes) -> None:
    pid, problem = parse(content)
    assert (pid is None) != (problem is None)
    assert pid is None or 1 < pid <= pidfile.MAX_PID


def test_a_stale_pidfile_is_removed_and_leaves_nothing_behind(path: Path) -> None:
    path.write_text("4711\n")
    assert remove_stale(read(path))
    assert list(path.parent.iterdir()) == []


def test_a_pidfile_that_was_written_anew_stays(path: Path) -> None:
    path.write_text("4711\n")
    seen = read(path)
    path.unlink()
    path.write_text("4712\n")
    assert not remove_stale(seen)
    assert path.read_text() == "4712\n"


def test_a_pidfile_written_anew_at_the_last_moment_is_put_back(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_text("4711\n")
    seen = read(path)
    rename = Path.rename

    def late(self: Path, target: Path) -> Path:
        self.unlink()
        self.write_text("4712\n")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", late)
    assert not remove_stale(seen)
    assert path.read_text() == "4712\n"
    assert list(path.parent.iterdir()) == [path]


def test_what_vanished_meanwhile_is_out_of_the_way(path: Path) -> None:
    path.write_text("4711\n")
    seen = read(path)
    path.unlink()
    assert remove_stale(seen)


def test_a_directory_in_the_pidfiles_place_is_left_alone(path: Path) -> None:
    path.mkdir()
    assert not remove_stale(read(path))
    assert path.is_dir()


def test_clearing_spares_the_pidfile_of_any_living_process(
    path: Path, sleeper: subprocess.Popen[str]
) -> None:
    path.write_text(f"{sleeper.pid}\n")
    assert not clear(path)
    assert path.exists()
    sleeper.kill()
    sleeper.wait()
    assert clear(path)
    assert not path.exists()


def test_clearing_removes_garbage(path: Path) -> None:
    path.write_text("garbage")
    assert clear(path)
    assert not path.exists()
