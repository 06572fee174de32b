"""What each worker's environment is, by fleet.yaml's layers and env files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from fleetctl.fleet.complaints import Complaints
from fleetctl.fleet.env import EnvFile, merge, read_file
from fleetctl.fleet.keys import WorkerKeys
from fleetctl.fleet.schema import FleetFile
from fleetctl.fleet.schema import Place as Member
from fleetctl.fleet.tree import Trail

_COLD = "makes TERM a cold shutdown: running tasks are cut off instead of finished"
_NO_EFFECT = "has no effect under fleetctl: nodes take their options from fleet.yaml"


class Environments:
    """The fleet's layers under the defaults' under the worker's; in each, `env` over `env_file`."""

    def __init__(
        self, file: FleetFile, resolve: Callable[[str], Path], complaints: Complaints
    ) -> None:
        self._file = file
        self._resolve = resolve
        self._complaints = complaints
        self._read: dict[Path, EnvFile] = {}

    def of(self, keys: WorkerKeys) -> dict[str, str]:
        """The variables of a worker's nodes."""
        return merge(
            *self._layers(self._file, ()),
            *self._layers(keys.defaults, ("defaults",)),
            *self._layers(keys.own, ("workers", keys.name)),
        )

    def _layers(self, member: Member, trail: Trail) -> tuple[dict[str, str], dict[str, str]]:
        from_file = self._from_file(member.env_file, (*trail, "env_file"))
        own = {
            name: self._text(value, (*trail, "env", name))
            for name, value in (member.env or {}).items()
        }
        for name in own:
            self._advise(name, (*trail, "env", name), name)
        for name in from_file:
            self._advise(name, (*trail, "env_file"), f"{name} in it")
        return from_file, own

    def _from_file(self, name: str | None, trail: Trail) -> dict[str, str]:
        if name is None:
            return {}
        path = self._resolve(name)
        if path not in self._read:
            self._read[path] = read_file(path)
        for message in self._read[path].problems:
            self._complaints.error(trail, message)
        return dict(self._read[path].values)

    def _text(self, value: Any, trail: Trail) -> str:
        # As it is written, not as YAML reads it: 010 isn't 8, nor 1.10 the same as 1.1.
        return value if isinstance(value, str) else self._complaints.document.source(trail) or ""

    def _advise(self, name: str, trail: Trail, subject: str) -> None:
        if name == "REMAP_SIGTERM":
            self._complaints.warn(trail, f"{subject} {_COLD}", "leave it out", at="key")
        elif name.startswith("CELERY_WORKER_"):
            key = name.removeprefix("CELERY_WORKER_").lower()
            self._complaints.warn(trail, f"{subject} {_NO_EFFECT}", f"the key `{key}`", at="key")
