"""Load configurations with Celery as they are and as they would be, and compare what it sees.

In processes of their own (`fleetctl/runtime/settings.py`): the user's modules run there.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fleetctl.runtime
from fleetctl.errors import FleetctlError
from fleetctl.operations.python_files import project_root

_SCRIPT = Path(fleetctl.runtime.__file__).with_name("settings.py")
_TIMEOUT = 120.0
_INSIDE = ("__init__.py", "celery.py")
"""What says that a folder is a package, if only a namespace package."""

Settings = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Target:
    """A configuration to load: a module, something in it, or the apps that it makes.

    ``before`` and ``after`` are the namespaces it is read by.
    """

    path: Path
    kind: str
    name: str = ""
    before: str | None = None
    after: str | None = None
    known: tuple[Path, ...] = ()
    """Folders that the project's own dotted names start from."""

    @property
    def root(self) -> Path:
        """The folder that it is imported from: one that holds a celery.py would hide Celery."""
        around = [each for each in self.known if each in self.path.parents]
        folder = max(around, key=lambda each: len(each.parts), default=self.path.parent)
        while folder.parent != folder and any((folder / name).exists() for name in _INSIDE):
            folder = folder.parent
        return folder

    @property
    def module(self) -> str:
        """The dotted name by which it is imported."""
        path = self.path.parent if self.path.stem == "__init__" else self.path.with_suffix("")
        return ".".join(path.relative_to(self.root).parts)


@dataclass(frozen=True, slots=True)
class Verified:
    """What became of one target: how many settings are equal, which are not, or why none is known.

    ``uncertain`` differ from one loading to the next by themselves.
    """

    target: Target
    equal: int = 0
    differ: tuple[str, ...] = ()
    uncertain: tuple[str, ...] = ()
    error: str | None = None

    @property
    def empty(self) -> bool:
        """Whether there was nothing to compare: importing the file makes no app."""
        return self.error is None and not self.equal and not self.differ

    @property
    def holds(self) -> bool:
        """Whether nothing speaks against it that Celery sees the same before and after."""
        return self.error is None and not self.differ


def verify(targets: Iterable[Target], contents: Mapping[Path, bytes]) -> list[Verified]:
    """Whether Celery sees the same with the files as they are and with new `contents`.

    Raises FleetctlError where the loading process ends without an answer.
    """
    every = list(dict.fromkeys(targets))
    if not every:
        return []
    before = _load(every, {}, after=False)
    after = _load(every, contents, after=True)
    found = [_compared(*each) for each in zip(every, before, after, strict=True)]
    if any(each.differ for each in found):
        again = _load(every, {}, after=False)
        found = [_without_uncertain(*each) for each in zip(found, before, again, strict=True)]
    return found


def _load(
    targets: list[Target], contents: Mapping[Path, bytes], *, after: bool
) -> list[dict[str, Any]]:
    plan = {
        "targets": [_planned(target, after=after) for target in targets],
        "paths": _paths(targets),
        "contents": {str(path): base64.b64encode(data).decode() for path, data in contents.items()},
    }
    try:
        done = subprocess.run(
            [sys.executable, str(_SCRIPT)],
            input=json.dumps(plan),
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        message = f"--verify: loading the configuration took more than {_TIMEOUT:.0f} s"
        raise FleetctlError(message) from error
    return _answer(done)


def _answer(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    try:
        answer: list[dict[str, Any]] = json.loads(done.stdout)
    except ValueError as error:
        last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise FleetctlError(f"--verify: the configuration can't be loaded: {last}") from error
    return answer


def _planned(target: Target, *, after: bool) -> dict[str, Any]:
    return {
        "kind": target.kind,
        "path": str(target.path),
        "module": target.module,
        "name": target.name,
        "namespace": target.after if after else target.before,
    }


def _paths(targets: Iterable[Target]) -> list[str]:
    paths: dict[str, None] = {}
    for target in targets:
        paths[str(target.root)] = None
        root = project_root(target.path.parent)
        if root is not None and not (root / "celery.py").exists():
            paths[str(root)] = None
    return list(paths)


def _compared(target: Target, before: dict[str, Any], after: dict[str, Any]) -> Verified:
    for answer, when in ((before, "as it is"), (after, "with its new names")):
        if "error" in answer:
            return Verified(target, error=f"{when}, it can't be loaded: {answer['error']}")
    old, new = before["settings"], after["settings"]
    differ = tuple(sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key)))
    return Verified(target, equal=len(old.keys() & new.keys()) - len(differ), differ=differ)


def _without_uncertain(found: Verified, before: dict[str, Any], again: dict[str, Any]) -> Verified:
    if found.error or "error" in again:
        return found
    first, second = before["settings"], again["settings"]
    moving = {key for key in found.differ if first.get(key) != second.get(key)}
    differ = tuple(key for key in found.differ if key not in moving)
    return Verified(found.target, found.equal, differ, tuple(sorted(moving)))
