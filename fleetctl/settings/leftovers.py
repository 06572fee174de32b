"""Names that look like Celery's and that it doesn't read: retired ones, those of a namespace."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from fleetctl.settings.facts import Facts
from fleetctl.settings.model import Container, Note, Place
from fleetctl.settings.retired import FATES, Fate
from fleetctl.settings.table import Table

_NAMESPACE_ONLY = 'Celery reads it with namespace="CELERY" only'


_UTC = "CELERY_ENABLE_UTC"
_ENABLED = Fate(
    "Celery 4 and later don't read it, and what it says is enable_utc's default", "delete it"
)


def mentions(text: str, table: Table) -> bool:
    """Whether a text has a name in it that there might be something to say about."""
    return _words(table).search(text) is not None


@lru_cache(maxsize=4)
def _pattern(names: frozenset[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(sorted(names))})\b")


def _words(table: Table) -> re.Pattern[str]:
    return _pattern(frozenset([*table.new_names, *FATES]))


def notes(facts: Facts, upgraded: Iterable[tuple[Container, str | None]]) -> Iterator[Note]:
    """What became of the retired names that are set in what Celery reads."""
    namespaced = {f"CELERY_{new.upper()}" for new in facts.table.old_names}
    for container, namespace in upgraded:
        for key, node in container.others.items():
            place = Place(*facts.module.place(node), key)
            if key in FATES and not (namespace and key in namespaced):
                fate = _ENABLED if key == _UTC and _is_true(facts, node) else FATES[key]
                yield Note("person", fate.became, (place,), fate.advice)
            elif key in facts.table.only_namespaced and not namespace:
                new = key.removeprefix("CELERY_").lower()
                yield Note("person", _NAMESPACE_ONLY, (place,), f"write {new} if it is meant")


def _is_true(facts: Facts, node: ast.AST) -> bool:
    around = facts.module.parent(node)
    value = around.value if isinstance(around, (ast.Assign, ast.AnnAssign)) else None
    return isinstance(value, ast.Constant) and value.value is True
