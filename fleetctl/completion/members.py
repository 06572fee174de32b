"""Who is in a fleet, by the outline of its file: nodes, workers, groups, queues."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_MOST = 10_000
_DEFAULT_POOL = "prefork"
_ACTIVE = frozenset("$`\\\"'!")
_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")


class Members:
    """Read from an outline, whatever of it makes sense."""

    def __init__(self, outline: dict[str, Any]) -> None:
        self.rundir = _text(outline.get("rundir"))
        self._defaults = _map(outline.get("defaults"))
        self._workers = {
            name: _map(keys) for name, keys in _map(outline.get("workers")).items() if is_name(name)
        }
        self.groups = {
            name: [_text(each) for each in members]
            for name, members in _map(outline.get("groups")).items()
            if is_name(name) and isinstance(members, list)
        }

    def nodes(self) -> dict[str, str]:
        """Each node's worker, in the order of the file."""
        found: dict[str, str] = {}
        for worker in self._workers:
            count = self._replicas(worker)
            names = [f"{worker}{number}" for number in range(1, count + 1)] if count else [worker]
            found.update(dict.fromkeys(names, worker))
        return found

    def replicated(self) -> dict[str, int]:
        """How many nodes a worker has, of those that aren't a node themselves."""
        counts = {worker: self._replicas(worker) for worker in self._workers}
        return {worker: count for worker, count in counts.items() if count}

    def pool(self, worker: str) -> str:
        """The pool and its concurrency, as the status table has them."""
        pool = _text(self._key(worker, "pool")) or _DEFAULT_POOL
        count = _text(self._key(worker, "concurrency"))
        return f"{pool}×{count}" if count.isdecimal() and pool != "solo" else pool  # noqa: RUF001

    def nodename(self, node: str, worker: str) -> str | None:
        """The node's ``name@host``; None where its host isn't written plainly."""
        import os

        template = _text(self._key(worker, "hostname")) or "%n@%h"
        host = os.uname().nodename
        name = template.replace("%n", node).replace("%h", host)
        name = name.replace("%d", host.partition(".")[2])
        return name if "@" in name and "%" not in name and _is_harmless(name) else None

    def queues(self) -> list[str]:
        """Every queue that a worker consumes, in the order of the file."""
        found: list[str] = []
        for worker in self._workers:
            value = self._key(worker, "queues")
            names = value if isinstance(value, list) else _text(value).split(",")
            found += [_text(name).strip() for name in names]
        return [name for name in dict.fromkeys(found) if name and _is_harmless(name)]

    def _key(self, worker: str, key: str) -> Any:
        keys = self._workers.get(worker, {})
        return keys[key] if key in keys else self._defaults.get(key)

    def _replicas(self, worker: str) -> int:
        count = _text(self._key(worker, "replicas"))
        return min(int(count), _MOST) if count.isdecimal() and len(count) < 9 else 0


def is_name(text: Any) -> bool:
    """Whether a worker, node or group can be called so: nothing else may reach a prompt."""
    return isinstance(text, str) and 0 < len(text) <= 80 and _NAME.issuperset(text)


def _is_harmless(text: str) -> bool:
    """Whether it means itself to a shell, even behind a quote that somebody has opened."""
    return text.isprintable() and _ACTIVE.isdisjoint(text)


def _map(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
