"""What befalls what describes a fleet: fleet.yaml and the app, changed while the nodes run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.chaos.fault import Evidence, NotPossible, explained, fault
from tests.chaos.ground import SOLO, Ground
from tests.chaos.truth import APP, MODULE, Truth, check_convergence, check_end, check_status, is_bug
from tests.support.fleets import Fleet

NOBODY = 65534
UNPRIVILEGED = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]


@fault(
    "the app's module deleted between start and restart",
    checked="restart stops nothing and says why; --no-preflight halts at the first",
)
def module_deleted(ground: Ground, times: int) -> Evidence:
    for _ in range(times):
        with ground.fleet({"w1": SOLO, "w2": SOLO}) as (fleet, truth):
            fleet.start()
            before = truth.living()
            source = fleet.folder / f"{MODULE}.py"
            text = source.read_text()
            source.unlink()
            shutil.rmtree(fleet.folder / "__pycache__", ignore_errors=True)
            result = fleet.run("restart", "all")
            assert (result.code, truth.living()) == (1, before), result
            assert "nothing stopped" in result.output and MODULE in result.output, result
            result = fleet.run("restart", "--no-preflight", "all")
            assert result.code == 3, result
            assert truth.living() == {"w2": before["w2"]}, result
            rows = check_status(fleet, truth)
            assert (rows["w1"]["state"], MODULE in rows["w1"]["reason"]) == ("failed", True), rows
            source.write_text(text)
            check_convergence(fleet, truth)
    return times, "w1 down with its cause, w2 not touched"


def _rename_file(fleet: Fleet) -> None:
    fleet.path.rename(fleet.folder / "renamed.yaml")
    fleet.environment["FLEETCTL_FLEET"] = str(fleet.folder / "renamed.yaml")


def _change(change: Callable[[dict[str, Any]], None]) -> Callable[[Fleet], None]:
    def rewrite(fleet: Fleet) -> None:
        workers = dict(fleet.config["workers"])
        change(workers)
        fleet.write(workers, app=APP, defaults=fleet.config["defaults"])

    return rewrite


CHANGES: dict[str, tuple[Callable[[Fleet], None], set[str]]] = {
    "fleet.yaml renamed": (_rename_file, set()),
    "a worker removed": (_change(lambda workers: workers.pop("w2")), {"w2"}),
    "a worker renamed": (_change(lambda w: w.update(other=w.pop("w2"))), {"w2"}),
    "scaled down": (_change(lambda w: w.update(many={**SOLO, "replicas": 1})), {"many2", "many3"}),
}
"""What is changed, and which nodes that run have then left fleet.yaml."""


@fault(
    "fleet.yaml renamed; a worker removed, renamed, scaled down, all running",
    checked="every process is still a row, the left ones said to be; stopwait all ends them all",
    times=len(CHANGES),
)
def fleet_changed(ground: Ground, times: int) -> Evidence:
    chosen = list(CHANGES.items())[:times]
    for title, (change, left) in chosen:
        with explained(title):
            _change_fleet(ground, change, left)
    return len(chosen), ", ".join(title for title, _ in chosen)


def _change_fleet(ground: Ground, change: Callable[[Fleet], None], left: set[str]) -> None:
    workers = {"w1": SOLO, "w2": SOLO, "many": {**SOLO, "replicas": 3}}
    with ground.fleet(workers) as (fleet, truth):
        fleet.start()
        before = truth.living()
        change(fleet)
        rows = check_status(fleet, truth)
        gone = {n for n, row in rows.items() if "not in fleet.yaml" in (row["reason"] or "")}
        assert gone == left, rows
        assert {n: row["pid"] for n, row in rows.items() if row["pid"]} == before, rows
        assert fleet.run("start").code == 0
        assert before.items() <= truth.living().items()
        check_end(fleet, truth)
        assert set(truth.boots_of_each().values()) == {1}


@fault(
    "two fleets sharing a rundir, with workers of the same name, even the same nodename",
    checked="neither stops, restarts, kills or starts over the other's; each says whose it is",
)
def shared_rundir(ground: Ground, times: int) -> Evidence:
    for _ in range(times):
        rundir = str(ground.make_folder("shared") / "run")
        with (
            ground.fleet({"w1": SOLO, "w2": SOLO}, rundir=rundir) as (ours, truth),
            ground.fleet({"w1": SOLO, "w3": SOLO}, rundir=rundir) as (theirs, their_truth),
        ):
            ours.start()
            before = truth.living()
            own, written = theirs.domain, theirs.path.read_text()
            for domain in (ours.domain, own):
                theirs.path.write_text(written.replace(own, domain))
                row = theirs.status()["w1"]
                assert (row["state"], str(ours.path) in row["reason"]) == ("foreign", True), row
                for command in ("start", "stop", "stopwait", "restart", "kill"):
                    result = theirs.run(command, "w1")
                    assert result.code == 3, result
                    assert str(ours.path) in result.output, result
            assert truth.living() == before
            assert "w1" not in their_truth.living()
            theirs.start("w3")
            assert set(check_status(ours, truth)) == {"w1", "w2"}
            check_end_of_one(ours, truth)
            assert set(their_truth.living()) == {"w3"}
            check_convergence(theirs, their_truth)
    return times, "start, stop, stopwait, restart, kill refused"


def check_end_of_one(fleet: Fleet, truth: Truth) -> None:
    """`stopwait all` ends this fleet's nodes."""
    assert fleet.run("stopwait", "all").code == 0
    assert truth.living() == {}


@fault(
    "root's nodes seen and handled by another user",
    checked="never said to be stopped, never signalled, none started twice; whose they are is said",
    namespaces=("--mount",),
)
def another_user(ground: Ground, times: int) -> Evidence:
    if os.geteuid():
        raise NotPossible("only root can become somebody else")
    commands = [["status"], ["start"], ["stop", "all"], ["stopwait", "all"], ["restart", "all"]]
    commands += [["kill", "all"], ["history"]]
    for _ in range(times):
        with ground.fleet({"w1": SOLO}) as (fleet, truth):
            _let_others_look(fleet)
            fleet.start()
            before = truth.living()
            fleet.prefix = UNPRIVILEGED
            for command in commands:
                result = fleet.run(*command)
                assert result.code not in (0, -9), result
                assert "root" in result.output and not is_bug(result.output), result
                assert "stopped" not in result.output, result
            assert truth.living() == before
            fleet.prefix = []
            check_convergence(fleet, truth)
            assert truth.boots_of_each() == {"w1": 1}
    return len(commands), "each refused, naming root"


def _let_others_look(fleet: Fleet) -> None:
    """Open the fleet's folder, and this namespace's view of Python, to other users."""
    base = Path(tempfile.gettempdir())
    for folder in (fleet.folder, *fleet.folder.parents):
        if folder != base and folder.is_relative_to(base):
            folder.chmod(0o755)
    needed = {Path(sys.base_prefix), Path(sys.prefix), Path(__file__).parents[3]}
    for closed in {closed for path in needed for closed in _closed_above(path)}:
        _open(closed, [path for path in needed if path.is_relative_to(closed)], fleet.folder)


def _closed_above(path: Path) -> list[Path]:
    """The outermost folder on the way to `path` that other users may not enter, if there is one."""
    folders = [*reversed(path.parents), path]
    return [one for one in folders if not one.stat().st_mode & 0o001][:1]


def _open(closed: Path, needed: list[Path], scratch: Path) -> None:
    kept = {path: Path(tempfile.mkdtemp(prefix="kept-", dir=scratch)) for path in needed}
    for path, aside in kept.items():
        subprocess.run(["mount", "--bind", path, aside], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "none", closed], check=True)
    for path, aside in kept.items():
        path.mkdir(parents=True, exist_ok=True)
        subprocess.run(["mount", "--move", aside, path], check=True)
