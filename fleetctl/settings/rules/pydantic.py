"""Fields of a pydantic settings class are names of environment variables.

https://docs.pydantic.dev/latest/concepts/pydantic_settings/: a field is read from the variable of
its name, so renaming it would read another.
"""

from __future__ import annotations

from fleetctl.settings.rules.verdict import Leave

_BASES = ("BaseSettings", "BaseModel")

LEAVE = Leave(
    "a pydantic class reads its fields from environment variables of the same name",
    "keep them, and give their values to Celery under the new names",
)


def is_one(bases: frozenset[str]) -> bool:
    """Whether one of the bases is pydantic's."""
    return any(base.endswith(_BASES) for base in bases)
