from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

from fleetctl.process import invoker
from fleetctl.process.identity import user_name

CODE = "from fleetctl.process import invoker; print(invoker.current('c'))"


def test_the_caller_is_named_by_user_command_and_pid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SUDO_USER", raising=False)
    found = invoker.current("fleetctl stop w1")
    assert (found.command, found.pid) == ("fleetctl stop w1", os.getpid())
    assert found.user


def test_behind_sudo_both_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "alice")
    assert invoker.current("c").user.endswith(" (sudo by alice)")


def test_a_user_nobody_has_named_is_a_number() -> None:
    assert user_name(54321) == "uid 54321"


def test_no_home_and_no_terminal_are_survived() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        env={},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "tty=None, command='c'" in done.stdout


def test_the_terminal_is_named() -> None:
    ours, theirs = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-c", CODE], stdin=theirs, capture_output=True, text=True, check=True
        )
        assert f"tty={os.ttyname(theirs)!r}" in done.stdout
    finally:
        os.close(ours)
        os.close(theirs)
