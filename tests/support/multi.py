"""The same verbs through `celery multi`, for the behaviour it is replaced for."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from fleetctl.errors import ExitCode
from tests.support.fleets import Fleet, Result
from tests.support.waiting import wait_until

MULTI = [sys.executable, "-m", "celery", "multi"]
DEFAULT_FOLDERS = [Path("/var/run/celery"), Path("/var/log/celery")]
FLAGS = {"pool": "-P", "concurrency": "-c", "queues": "-Q"}

SWITCHES = {"without_mingle": "--without-mingle", "without_gossip": "--without-gossip"}


class Driver(Protocol):
    """What an operator does with one fleet.yaml, whatever the tool."""

    def start(self, *names: str, env: Mapping[str, str] | None = None) -> Result: ...

    def stop(self, *names: str) -> Result: ...

    def stopwait(self, *names: str, timeout: float = 120) -> Result: ...

    def typed(self, verb: str, *words: str) -> Result:
        """`verb` with just these words after it, and what the tool needs to know of the fleet."""
        ...

    def stopwait_by_name_alone(self, *names: str) -> Result:
        """What is typed by someone who doesn't remember how the nodes were started."""
        ...

    def show(self, *names: str) -> Result: ...

    def run(self, *arguments: str) -> Result: ...

    def said_running(self, result: Result, name: str) -> bool:
        """Whether `start` told the operator that the node is up."""
        ...


class Fleetctl:
    """The verbs of fleetctl."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet

    def start(self, *names: str, env: Mapping[str, str] | None = None) -> Result:
        return self._fleet.run("start", *names, env=env)

    def stop(self, *names: str) -> Result:
        return self._fleet.run("stop", *names)

    def stopwait(self, *names: str, timeout: float = 120) -> Result:
        return self._fleet.run("stopwait", *names, timeout=timeout)

    def typed(self, verb: str, *words: str) -> Result:
        return self._fleet.run(verb, *words)

    def stopwait_by_name_alone(self, *names: str) -> Result:
        return self.stopwait(*names)

    def show(self, *names: str) -> Result:
        return self._fleet.run("show", *names)

    def run(self, *arguments: str) -> Result:
        return self._fleet.run(*arguments)

    def said_running(self, result: Result, name: str) -> bool:
        if result.code == ExitCode.USAGE:
            return False
        return result.code == 0 or self._fleet.states(name)[name] == "ready"


class Multi:
    """The same fleet.yaml given to `celery multi`, its options spelled out each time."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet

    def start_and_leave(self, *names: str) -> Result:
        """Starts them and returns when `celery multi` does."""
        return self._with_options("start", names)

    def start(self, *names: str, env: Mapping[str, str] | None = None) -> Result:
        """Starts them and, as `celery multi` doesn't, waits until each is ready or gone."""
        before = {name: self._times_ready(name) for name in names}
        result = self._with_options("start", names, env)
        wait_until(
            lambda: (
                not self._fleet.survivors()
                or all(self._times_ready(name) > before[name] for name in names)
            ),
            timeout=20,
            what=f"{names} to be ready or gone",
        )
        return result

    def stop(self, *names: str) -> Result:
        return self._with_options("stop", names)

    def stopwait(self, *names: str, timeout: float = 120) -> Result:
        return self._with_options("stopwait", names, timeout=timeout)

    def typed(self, verb: str, *words: str) -> Result:
        names = tuple(word for word in words if word in self._fleet.config["workers"])
        return self._fleet.command([*MULTI, verb, *words, *self._options(names)])

    def restart(self, *names: str) -> Result:
        return self._with_options("restart", names)

    def stopwait_by_name_alone(self, *names: str) -> Result:
        made = [folder for folder in DEFAULT_FOLDERS if not folder.exists()]
        result = self.run("stopwait", *names)
        for folder in made:
            folder.rmdir()
        return result

    def show(self, *names: str) -> Result:
        return self._with_options("show", names)

    def run(self, *arguments: str) -> Result:
        return self._fleet.command([*MULTI, *arguments])

    def said_running(self, result: Result, name: str) -> bool:
        return f"{name}@{self._fleet.domain}: OK" in result.stdout

    def _times_ready(self, name: str) -> int:
        return self._fleet.log(name).count(f"{name}@{self._fleet.domain} ready.")

    def _with_options(
        self,
        verb: str,
        names: tuple[str, ...],
        env: Mapping[str, str] | None = None,
        timeout: float = 120,
    ) -> Result:
        command = [*MULTI, verb, *names, *self._options(names)]
        return self._fleet.command(command, env=env, timeout=timeout)

    def _options(self, names: tuple[str, ...]) -> list[str]:
        config, defaults = self._fleet.config, self._fleet.config["defaults"]
        options = ["-A", config["app"], f"--hostname={self._fleet.domain}"]
        options += [f"--pidfile=run/{defaults.get('pidfile', '%n.pid')}"]
        options += [f"--logfile={self._fleet.folder}/log/{defaults.get('logfile', '%n.log')}"]
        options += ["--loglevel=INFO", "--no-color"]
        options += [f"--workdir={config['workdir']}"] if "workdir" in config else []
        options += [flag for key, flag in SWITCHES.items() if defaults[key]]
        for name in names:
            worker = self._fleet.config["workers"][name]
            for key, flag in FLAGS.items():
                if key in worker:
                    options += [f"{flag}:{name}", _text(worker[key])]
            for option, value in worker.get("options", {}).items():
                options += [f"{option}:{name}" + ("" if value is True else f"={value}")]
        return options


def _text(value: object) -> str:
    return ",".join(value) if isinstance(value, list) else str(value)
