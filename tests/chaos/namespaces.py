"""A fault in namespaces of its own: it may fill disks, pick pids and drop packets there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from tests.chaos.fault import Fault, NotPossible, Outcome

_PATIENCE = 900.0


def attempt_apart(subject: Fault, folder: Path, times: int) -> Outcome:
    """`attempt` it in another process, in the namespaces it asks for."""
    enter = [*_unshare(), *subject.namespaces]
    check_possible(enter)
    answer = folder / "outcome.json"
    inside = [sys.executable, "-m", "tests.chaos.inside", subject.name, str(times), str(folder)]
    done = subprocess.run(
        [*enter, "--", *inside, str(answer)],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
        check=False,
    )
    if not answer.exists():
        raise AssertionError(f"it ended without an answer: {done.stdout}{done.stderr}")
    return Outcome(**json.loads(answer.read_text()))


def check_possible(enter: list[str]) -> None:
    """Raise NotPossible where these namespaces can't be made here."""
    try:
        tried = subprocess.run([*enter, "--", "true"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise NotPossible("unshare(1) is not installed") from None
    if tried.returncode:
        raise NotPossible(tried.stderr.strip() or f"unshare exits with {tried.returncode}")


def hand_over(outcome: Outcome, answer: Path) -> None:
    """Write down, inside, what `attempt_apart` waits for outside."""
    answer.write_text(json.dumps(asdict(outcome)))


def _unshare() -> list[str]:
    as_root = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    return ["unshare", *as_root, "--fork", "--kill-child"]
