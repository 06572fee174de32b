from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from fleetctl.process import procfs
from fleetctl.process.identity import (
    NotOurs,
    OtherNamespace,
    ProcessGone,
    Protected,
    alive,
    open_process,
    process_state,
)
from fleetctl.runtime.identity import identity_of
from tests.process.conftest import Spawn, as_nobody
from tests.support.waiting import wait_until

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")

Process = subprocess.Popen[str]


def test_a_running_process_is_alive(sleeper: Process) -> None:
    assert alive(identity_of(sleeper.pid))


def test_a_zombie_is_dead_and_out_of_reach(sleeper: Process) -> None:
    identity = identity_of(sleeper.pid)
    sleeper.send_signal(signal.SIGKILL)
    wait_until(lambda: not alive(identity), timeout=10, what="its death")
    found = procfs.stat(sleeper.pid)
    assert found is not None and found.state == "Z"
    with pytest.raises(ProcessGone):
        open_process(identity)


def test_a_stopped_process_is_alive_and_its_state_says_so(sleeper: Process) -> None:
    identity = identity_of(sleeper.pid)
    sleeper.send_signal(signal.SIGSTOP)
    wait_until(lambda: process_state(identity) == "T", timeout=10, what="state T")
    assert alive(identity)


def test_the_same_pid_with_other_start_ticks_is_another_process(sleeper: Process) -> None:
    other = replace(identity_of(sleeper.pid), start_ticks=1)
    assert not alive(other)
    with pytest.raises(ProcessGone):
        open_process(other)


def test_a_process_of_an_earlier_boot_is_gone(sleeper: Process) -> None:
    other = replace(identity_of(sleeper.pid), boot_id="an earlier one")
    assert not alive(other)
    with pytest.raises(ProcessGone, match="before this boot"):
        open_process(other)


def test_a_pid_of_another_namespace_means_nothing_here(sleeper: Process) -> None:
    other = replace(identity_of(sleeper.pid), pid_namespace=1)
    assert not alive(other)
    with pytest.raises(OtherNamespace):
        open_process(other)


@pytest.mark.parametrize("pid_of", [lambda: -1, lambda: 0, lambda: 1, os.getpid, os.getppid])
def test_init_ourselves_and_our_ancestors_are_never_opened(pid_of: Callable[[], int]) -> None:
    pid = pid_of()
    identity = replace(identity_of(os.getpid()), pid=pid)
    with pytest.raises(Protected):
        open_process(identity)


@pytest.mark.parametrize("pid", [2**31 - 1, 2**31, 10**14])
def test_a_number_that_no_pid_can_be_is_gone(pid: int) -> None:
    with pytest.raises(ProcessGone):
        open_process(replace(identity_of(os.getpid()), pid=pid))


def test_a_signal_reaches_the_process_and_its_end_wakes_a_selector(sleeper: Process) -> None:
    with open_process(identity_of(sleeper.pid)) as handle, selectors.DefaultSelector() as selector:
        selector.register(handle, selectors.EVENT_READ)
        assert selector.select(0) == []
        handle.send(signal.SIGTERM)
        assert selector.select(10)
        assert handle.wait(0)
    assert sleeper.wait(10) == -signal.SIGTERM


def test_a_handle_outlives_its_process_without_hitting_another(sleeper: Process) -> None:
    with open_process(identity_of(sleeper.pid)) as handle:
        sleeper.kill()
        sleeper.wait()
        with pytest.raises(ProcessGone):
            handle.send(signal.SIGTERM)


@as_root
def test_another_users_process_is_alive_and_not_ours(spawn: Spawn) -> None:
    process = spawn("sleep", "1000", preexec_fn=as_nobody)
    identity = identity_of(process.pid)
    assert alive(identity)
    with pytest.raises(NotOurs) as caught:
        open_process(identity)
    assert caught.value.uid == 65534
    with open_process(identity, uid=65534) as handle:
        assert not handle.wait(0)


REUSE = """
    import os, signal, subprocess
    from pathlib import Path
    from fleetctl.process.identity import ProcessGone, alive, open_process
    from fleetctl.runtime.identity import identity_of

    first = subprocess.Popen(["sleep", "1000"])
    identity = identity_of(first.pid)
    first.kill()
    first.wait()
    ticks = identity.start_ticks
    while True:
        Path("/proc/sys/kernel/ns_last_pid").write_text(str(identity.pid - 1))
        second = subprocess.Popen(["sleep", "1000"])
        if second.pid == identity.pid and identity_of(second.pid).start_ticks != ticks:
            break
        second.kill()
        second.wait()
    try:
        assert not alive(identity), "taken for the first"
        try:
            open_process(identity)
        except ProcessGone:
            print("refused")
        assert second.poll() is None, "hit"
    finally:
        second.kill()
        second.wait()
"""


@as_root
def test_a_reused_pid_is_never_hit(tmp_path: Path) -> None:
    unshare = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
    done = subprocess.run(
        [*unshare, sys.executable, "-c", textwrap.dedent(REUSE)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "refused\n"), done.stderr
