"""The journal of a real fleet: what was done to it, by whom, and what ended by itself."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from fleetctl.process import procfs
from tests.support import processes
from tests.support.fleets import FLEETCTL, Fleet
from tests.support.tasks import Tasks
from tests.support.waiting import wait_until

SOLO = {"pool": "solo", "queues": ["celery"]}
PREFORK = {"pool": "prefork", "concurrency": 1, "queues": ["celery"]}
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")

#: Start on a small disk, fill it, stop: all in one mount namespace.
FULL_DISK = """
mkdir run && mount -t tmpfs -o size=1m none run && "$1" start || exit 1
cat /dev/zero > run/ballast 2>/dev/null
cat /dev/zero >> run/journal.jsonl 2>/dev/null
"$1" stopwait all; code=$?
rm run/ballast
"$1" status
exit $code
"""


def told(fleet: Fleet, *arguments: str) -> list[dict[str, Any]]:
    """The entries of `history --json`."""
    result = fleet.run("history", "--json", *arguments)
    assert result.code == 0, result
    entries: list[dict[str, Any]] = json.loads(result.stdout)["entries"]
    return entries


def words(fleet: Fleet, *arguments: str) -> list[str]:
    """What happened, a word each; a signal, an exit's signal or code behind it."""
    return [_word(entry) for entry in told(fleet, *arguments)]


def _word(entry: dict[str, Any]) -> str:
    how = entry["signal"] if entry["signal"] is not None else entry["code"]
    return entry["what"] if how is None else f"{entry['what']} {how}"


def test_the_history_of_a_node_tells_it_all(fleet: Fleet, tasks: Tasks) -> None:
    fleet.write({"w1": PREFORK}).start()
    lost = tasks.send("endless")
    wait_until(lambda: fleet.status()["w1"]["active"], timeout=15, what="the task to be active")
    os.kill(fleet.pid("w1"), signal.SIGKILL)
    fleet.wait_for_state("w1", "crashed")
    fleet.write({"w1": {**PREFORK, "loglevel": "debug", "queues": ["other"]}}).start("w1")
    assert fleet.run("stopwait", "w1").code == 0
    expected = [
        *("started", "ready", "exit KILL", "started", "ready", "signal TERM", "exit 0"),
    ]
    assert words(fleet) == expected
    first, _, crash, second, _, term, end = told(fleet)
    assert crash["by"] is None
    assert [(task["id"], task["fate"]) for task in crash["tasks"]] == [(lost, "lost")]
    assert first["by"]["command"] == "fleetctl start"
    assert second["by"]["command"] == "fleetctl start w1"
    assert (first["drift"], second["drift"]) == (False, True)
    assert term["by"]["command"] == end["by"]["command"] == "fleetctl stopwait w1"
    assert term["by"]["user"]
    shown = fleet.run("history").stdout
    assert f"lost: sample.endless[{lost}]" in shown
    assert "fleet.yaml had changed" in shown
    assert "stopped by" in fleet.run("status").stdout


def test_a_stop_that_cuts_tasks_off_names_them_once(fleet: Fleet, tasks: Tasks) -> None:
    fleet.write({"w1": PREFORK}).start()
    lost = tasks.send("endless")
    wait_until(lambda: fleet.status()["w1"]["active"], timeout=15, what="the task to be active")
    fleet.run("kill", "w1")
    wait_until(lambda: words(fleet)[-1] == "exit KILL", timeout=10, what="its launcher's word")
    _, _, kill, end = told(fleet)
    assert [task["id"] for task in kill["tasks"]] == [lost]
    assert end["tasks"] == []
    assert kill["by"] == end["by"]


def test_a_node_that_never_became_ready_says_why(fleet: Fleet) -> None:
    fleet.module("proj", "import no_such_library\n")
    fleet.write({"w1": SOLO}, app="proj:app")
    assert fleet.run("start").code == 3
    assert words(fleet) == ["started", "failed 1"]
    assert "no_such_library" in told(fleet)[-1]["reason"]


def test_a_start_that_forks_nothing_is_told_with_its_cause(fleet: Fleet) -> None:
    fleet.write({"w1": SOLO}, python="/bin/false")
    assert fleet.run("start").code == 3
    (failure,) = told(fleet)
    assert (failure["what"], failure["launch"]) == ("failed", None)
    assert failure["by"]["command"] == "fleetctl start"


def test_readiness_is_told_also_when_nobody_waits_for_it(fleet: Fleet) -> None:
    fleet.write({"w1": SOLO}).start("--no-wait")
    wait_until(lambda: "ready" in words(fleet), timeout=30, what="the node's own word")


def test_what_eight_starts_at_once_did_is_told_once(fleet: Fleet) -> None:
    fleet.write({"w1": SOLO})
    starts = [fleet.begin("start") for _ in range(8)]
    outputs = [start.communicate(timeout=120)[0] for start in starts]
    assert [start.returncode for start in starts] == [0] * 8, outputs
    assert words(fleet) == ["started", "ready"]


def test_an_end_that_no_launcher_saw_is_told_by_the_next_start(fleet: Fleet) -> None:
    fleet.write({"w1": SOLO}).start()
    main = procfs.stat(fleet.pid("w1"))
    assert main is not None
    for pid in (main.ppid, main.pid):
        os.kill(pid, signal.SIGKILL)
        processes.wait_gone(pid)
    assert words(fleet) == ["started", "ready"]
    fleet.start()
    assert words(fleet) == ["started", "ready", "exit", "started", "ready"]
    assert "gone, unseen" in fleet.run("history").stdout


def test_a_stop_from_outside_fleetctl_is_told_as_such(fleet: Fleet) -> None:
    fleet.write({"w1": SOLO}).start()
    os.kill(fleet.pid("w1"), signal.SIGTERM)
    fleet.wait_for_state("w1", "stopped")
    wait_until(lambda: words(fleet)[-1] == "exit 0", timeout=10, what="its end to be told")
    assert "SIGTERM that fleetctl didn't send" in told(fleet)[-1]["reason"]


def test_a_node_that_has_left_fleet_yaml_keeps_its_history(fleet: Fleet) -> None:
    fleet.write({"w1": SOLO}).start()
    fleet.run("kill", "w1")
    fleet.write({"w2": SOLO})
    assert "started" in words(fleet)
    assert words(fleet, "w1")[:2] == ["started", "ready"]
    assert words(fleet, "w2") == []
    assert fleet.run("history", "w3").code == 2


def test_history_is_asked_for_by_number_and_by_time(fleet: Fleet) -> None:
    fleet.write({"w1": SOLO}).start()
    assert words(fleet, "-n", "1") == ["ready"]
    assert words(fleet, "--since", "1h") == ["started", "ready"]
    assert words(fleet, "--since", "2d12h") == ["started", "ready"]
    assert words(fleet, "--since", told(fleet)[1]["at"]) in (["ready"], [])
    assert words(fleet, "--since", "2099-01-01") == []
    for wrong in ("yesterday", "", "2x"):
        result = fleet.run("history", "--since", wrong)
        assert (result.code, "--since" in result.stderr) == (2, True), result


def test_damaged_lines_are_counted_beside_the_table(fleet: Fleet) -> None:
    fleet.write({"w1": SOLO}).start()
    with (fleet.folder / "run" / "journal.jsonl").open("a") as file:
        file.write('{"at": 1, "no\n')
        file.write('{"at": 253402300800, "node": "w1", "what": "exit", "pid": 1e26}\n')
    result = fleet.run("history", "-n", "2")
    assert len(result.stdout.splitlines()) == 3, "two entries and the header"
    assert "ready" in result.stdout
    assert "2 damaged lines" in result.stderr
    assert json.loads(fleet.run("history", "--json").stdout)["damaged"] == 2


def test_a_journal_that_cannot_be_written_keeps_nothing_from_being_done(fleet: Fleet) -> None:
    (fleet.folder / "run" / "journal.jsonl").mkdir(parents=True)
    fleet.write({"w1": SOLO})
    assert "won't be in the history" in fleet.start().output
    result = fleet.run("stopwait", "w1")
    assert result.code == 0, result
    assert "not in the history" in result.output


@as_root
def test_a_disk_that_is_full_keeps_no_stop_from_happening(fleet: Fleet) -> None:
    fleet.write({"w1": SOLO})
    script = ["unshare", "--mount", "sh", "-c", FULL_DISK, "sh", str(FLEETCTL)]
    result = fleet.command(script)
    assert result.code == 0, result
    assert "not in the history: " in result.output
    assert "no space left" in result.output.lower()
    assert "stopped" in result.stdout


def test_who_stopped_an_adopted_worker_is_known_by_the_journal(fleet: Fleet) -> None:
    fleet.write({"w1": SOLO})
    for folder in ("run", "log"):
        (fleet.folder / folder).mkdir()
    argv = [sys.executable, "-m", "celery", "-A", "fleetctl.sample:app", "worker", "-P", "solo"]
    argv += [f"--pidfile={fleet.pidfile('w1')}", "-n", f"w1@{fleet.domain}", "--without-mingle"]
    worker = fleet.spawn(argv)
    wait_until(fleet.pidfile("w1").exists, timeout=30, what="its pidfile")
    fleet.wait_for_state("w1", "ready")
    assert fleet.run("stopwait", "w1").code == 0
    worker.communicate(timeout=30)
    assert words(fleet) == ["signal TERM", "exit"]
    assert "stopped by" in fleet.status()["w1"]["reason"]
    assert Path(f"/proc/{worker.pid}").exists() is False


def test_a_start_whose_fleetctl_is_killed_is_told_nevertheless(fleet: Fleet) -> None:
    fleet.module("proj", "import time\n\ntime.sleep(600)\n")
    fleet.write({"w1": SOLO}, app="proj:app")
    start = fleet.begin("start")
    wait_until(lambda: words(fleet) == ["started"], timeout=30, what="the start to be told")
    start.kill()
    start.communicate(timeout=10)
    fleet.run("kill", "w1")
    wait_until(lambda: words(fleet)[-1] == "exit KILL", timeout=10, what="its launcher's word")
    assert words(fleet) == ["started", "signal KILL", "exit KILL"]


def test_a_start_that_is_given_up_says_where_the_node_stood(fleet: Fleet) -> None:
    fleet.module("proj", "import time\n\ntime.sleep(600)\n")
    fleet.write({"w1": SOLO}, app="proj:app")
    assert fleet.run("start", "--timeout", "3").code == 4
    assert words(fleet) == ["started", "left"]
    assert "proj.py:3" in told(fleet)[-1]["reason"]
