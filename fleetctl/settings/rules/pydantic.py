"""Fields of a pydantic settings class are names of environment variables.

https://docs.pydantic.dev/latest/concepts/pydantic_settings/: a field is read from the variable of
its name, so renaming it would read another.
"""

from __future__ import annotations

import ast

from fleetctl.settings.facts import Facts, dotted
from fleetctl.settings.model import Container
from fleetctl.settings.rules.verdict import Leave

_BASES = ("BaseSettings", "BaseModel")

LEAVE = Leave(
    "a pydantic class reads its fields from environment variables of the same name",
    "keep them, and give their values to Celery under the new names",
)


def is_one(bases: frozenset[str]) -> bool:
    """Whether one of the bases is pydantic's."""
    return any(base.endswith(_BASES) for base in bases)


def looks_like_one(facts: Facts, container: Container, family: list[ast.ClassDef]) -> bool:
    """Whether a base that isn't seen here is pydantic's by all likelihood.

    A field without a value can be no setting of Celery's.
    """
    unseen = [
        base
        for each in family
        for base in each.bases
        if not any(facts.definition(base, ast.ClassDef))
    ]
    bases = [dotted(base) for base in unseen if dotted(base) != "object"]
    fields = [
        around
        for site in container.sites
        if isinstance(around := facts.module.parent(site.node), ast.AnnAssign)
        and around.target is site.node
    ]
    if not bases or not fields:
        return False
    all_fields = len(fields) >= len(container.sets)
    named = any(base.endswith("Settings") for base in bases)
    return any(field.value is None for field in fields) or (all_fields and named)
