"""Which old name is which new one: Celery's own table, the installed one's where there is one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.util import find_spec
from pathlib import Path

from fleetctl.settings import snapshot

_DEFAULTS = Path("app") / "defaults.py"
_PLAINLY_CELERYS = ("CELERY", "BROKER_")


@dataclass(frozen=True)
class Table:
    """Old names and the new ones they stand for, one to one (``celery.app.defaults``)."""

    new_names: Mapping[str, str]

    @cached_property
    def old_names(self) -> Mapping[str, str]:
        """New names and the old ones they have replaced."""
        return {new: old for old, new in self.new_names.items()}

    @cached_property
    def words(self) -> re.Pattern[str]:
        """Finds an old name that stands by itself."""
        return re.compile(rf"\b(?:{'|'.join(map(re.escape, self.new_names))})\b")

    def namespaced(self, old: str, namespace: str) -> str:
        """The name of a setting under ``namespace="CELERY"``: CELERY_BEAT_SCHEDULE."""
        return f"{namespace.rstrip('_')}_{self.new_names[old].upper()}"

    @cached_property
    def only_namespaced(self) -> frozenset[str]:
        """Names that are read with ``namespace="CELERY"`` and by nothing else."""
        prefixed = {self.namespaced(old, "CELERY") for old in self.new_names}
        return frozenset(prefixed - self.new_names.keys())


def plainly_celerys(name: str) -> bool:
    """Whether an old name can be nobody else's; ``S3_BUCKET`` can."""
    return name.startswith(_PLAINLY_CELERYS)


@lru_cache(maxsize=1)
def load() -> Table:
    """The installed Celery's table, else the one bundled."""
    return Table(_installed() or snapshot.NEW_NAMES)


def _installed() -> Mapping[str, str] | None:
    spec = find_spec("celery")
    if spec is None or not spec.submodule_search_locations:
        return None
    defaults = Path(spec.submodule_search_locations[0]) / _DEFAULTS
    try:
        digest = hashlib.sha256(defaults.read_bytes()).hexdigest()
    except OSError:
        return None
    return None if digest == snapshot.SOURCE_SHA256 else _imported()


def _imported() -> Mapping[str, str] | None:
    from importlib import import_module

    try:
        table = import_module("celery.app.defaults")._TO_NEW_KEY
    except (ImportError, AttributeError):
        return None
    return dict(table) if isinstance(table, dict) and table else None
