"""A worker's keys with `defaults` behind them, and where each was written."""

from __future__ import annotations

from typing import Any

from fleetctl.fleet.schema import FleetFile, Worker
from fleetctl.fleet.tree import Trail

#: Maps that are laid over those of `defaults`, where other values replace them.
_LAYERED = frozenset({"options", "extra_options", "settings"})
#: Set by a worker itself, the one puts the other, from `defaults`, out of force.
_RIVALS = {"autoscale": "concurrency", "concurrency": "autoscale"}


class WorkerKeys:
    """The keys in force for one worker. A key that is given without a value undoes the default."""

    def __init__(self, name: str, file: FleetFile) -> None:
        self.name = name
        self._file = file
        self.own = file.workers.get(name) or Worker()
        self.defaults = file.defaults or Worker()

    def get(self, key: str) -> Any:
        """The value in force, None where nobody gave one."""
        if key in _LAYERED and not self._undone(key):
            return {**(getattr(self.defaults, key) or {}), **(getattr(self.own, key) or {})}
        if key in self.own.model_fields_set:
            return getattr(self.own, key)
        rival = _RIVALS.get(key)
        if rival in self.own.model_fields_set and getattr(self.own, str(rival)) is not None:
            return None
        if key in self.defaults.model_fields_set:
            return getattr(self.defaults, key)
        return getattr(self._file, key, None)

    def trail(self, key: str) -> Trail:
        """Where the value in force was written; the worker itself where it wasn't."""
        if key in self.own.model_fields_set:
            return ("workers", self.name, key)
        if key in self.defaults.model_fields_set:
            return ("defaults", key)
        if key in self._file.model_fields_set:
            return (key,)
        return ("workers", self.name)

    def together(self, key: str, other: str) -> bool:
        """Whether both are in force, which means the same map gives them."""
        return self.get(key) is not None and self.get(other) is not None

    def all(self) -> dict[str, Any]:
        """Every worker key that has a value."""
        values = {key: self.get(key) for key in Worker.model_fields}
        return {key: value for key, value in values.items() if value is not None}

    def _undone(self, key: str) -> bool:
        return key in self.own.model_fields_set and getattr(self.own, key) is None
