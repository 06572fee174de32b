"""A fleet in a folder of its own, driven through the installed `fleetctl` command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.support import processes
from tests.support.ledger import Ledger
from tests.support.waiting import wait_until

FLEETCTL = Path(sys.executable).parent / "fleetctl"
SAMPLE = "fleetctl.sample:app"


@dataclass(frozen=True)
class Result:
    """How a command ended; as a string, what a failing assertion should show."""

    command: str
    code: int
    stdout: str
    stderr: str

    @property
    def output(self) -> str:
        """Both streams, for messages of which it doesn't matter where they appear."""
        return self.stdout + self.stderr

    def __str__(self) -> str:
        return f"$ {self.command}\n{self.output}[exit {self.code}]"


class Fleet:
    """A folder with a fleet.yaml; nodenames are unique to it, so that tests don't meet."""

    def __init__(self, folder: Path, *, domain: str, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.domain = domain
        self.ledger = Ledger(folder / "ledger")
        self.config: dict[str, Any] = {}
        self.prefix: list[str] = []
        """Put before every command: how its operator is limited."""
        (folder / "home").mkdir(parents=True)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder / "home"),
            "LANG": "C.UTF-8",
            processes.MARK: str(folder),
            "FLEETCTL_SAMPLE_LEDGER": str(self.ledger.path),
            **environment,
        }

    def write(self, workers: Mapping[str, Any], *, app: str = SAMPLE, **top: Any) -> Fleet:
        """Write fleet.yaml. Mingle and gossip are off unless `defaults` turns them on."""
        defaults = {
            "hostname": f"%n@{self.domain}",
            "without_mingle": True,
            "without_gossip": True,
            **top.pop("defaults", {}),
        }
        self.config = {"app": app, **top, "defaults": defaults, "workers": dict(workers)}
        self.path.write_text(yaml.safe_dump(self.config, sort_keys=False))
        return self

    def module(self, name: str, text: str) -> None:
        """Write a Python module into the working directory of the nodes."""
        (self.folder / f"{name}.py").write_text(text)

    @property
    def path(self) -> Path:
        """Where fleet.yaml is."""
        return self.folder / "fleet.yaml"

    def pidfile(self, name: str) -> Path:
        """A node's pidfile."""
        return self.folder / "run" / f"{name}.pid"

    def log(self, name: str) -> str:
        """What a node has logged so far."""
        path = self.folder / "log" / f"{name}.log"
        return path.read_text() if path.exists() else ""

    def run(
        self, *arguments: str, timeout: float = 120, env: Mapping[str, str] | None = None
    ) -> Result:
        """Run `fleetctl` with these arguments in the fleet's folder and wait for its end."""
        return self.command([str(FLEETCTL), *arguments], timeout=timeout, env=env)

    def command(
        self, command: list[str], *, timeout: float = 120, env: Mapping[str, str] | None = None
    ) -> Result:
        """Run any command as the fleet's operator would."""
        done = subprocess.run(
            [*self.prefix, *command],
            cwd=self.folder,
            env={**self.environment, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Result(" ".join(command), done.returncode, done.stdout, done.stderr)

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """Start `fleetctl` without waiting for it; both streams come through its stdout."""
        return self.spawn([str(FLEETCTL), *arguments])

    def spawn(self, command: list[str]) -> subprocess.Popen[str]:
        """Start any command in the fleet's folder and environment."""
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def start(self, *names: str) -> Result:
        """Start nodes, which must succeed."""
        result = self.run("start", *names)
        assert result.code == 0, result
        return result

    def status(self, *names: str) -> dict[str, dict[str, Any]]:
        """The rows of `status --json`, by node name."""
        result = self.run("status", "--json", *names)
        try:
            answer = json.loads(result.stdout)
        except json.JSONDecodeError:
            raise AssertionError(f"status --json printed no JSON: {result}") from None
        return {row["name"]: row for row in answer["nodes"]}

    def states(self, *names: str) -> dict[str, str]:
        """The state of each node."""
        return {name: row["state"] for name, row in self.status(*names).items()}

    def wait_for_state(self, name: str, state: str, timeout: float = 30) -> dict[str, Any]:
        """Wait until a node is in a state, and give its row."""
        wait_until(
            lambda: self.states(name).get(name) == state,
            timeout=timeout,
            what=f"{name} to be {state}",
            detail=lambda: self.run("status", name),
        )
        return self.status(name)[name]

    def pid(self, name: str) -> int:
        """The node's main process, as its pidfile has it."""
        return int(self.pidfile(name).read_text())

    def survivors(self) -> list[processes.Process]:
        """Every live process that belongs to this fleet."""
        return processes.belonging_to(self.folder)

    def kill_everything(self) -> None:
        """End every process of this fleet, orphans included."""
        processes.kill_belonging_to(self.folder)
