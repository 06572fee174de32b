"""What shows that Celery reads a file: names like BROKER_URL and S3_BUCKET are others', too.

MQTT, Kafka and Pulsar have brokers as well, and many a script has its S3_BUCKET.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from fleetctl.settings.facts import Facts

_CELERY = "celery"
_LIBRARIES = ("celery", "kombu")


def are_there(facts: Facts, names: Iterable[str]) -> bool:
    """Whether a file with settings of these names has to do with Celery."""
    names = list(names)
    bound = facts.module.scopes.module.bindings
    if _CELERY in facts.context.stem.lower() or any("CELERY" in name for name in [*names, *bound]):
        return True
    imports = any(_is_celerys(module) for module in facts.imported)
    return imports and not _uses(facts, frozenset(names))


def _is_celerys(module: str) -> bool:
    return _CELERY in module.lower() or module.partition(".")[0] in _LIBRARIES


def _uses(facts: Facts, names: frozenset[str]) -> bool:
    """Whether the program uses them itself, other than to make constants of them."""
    return any(
        name.id in names and isinstance(name.ctx, ast.Load) and not _makes_constant(facts, name)
        for name in facts.module.all(ast.Name)
    )


def _makes_constant(facts: Facts, name: ast.Name) -> bool:
    around = facts.module.parents(name)
    match next(each for each in around if isinstance(each, ast.stmt)):
        case ast.Assign(targets=[*targets]):
            return all(isinstance(each, ast.Name) and each.id.isupper() for each in targets)
        case ast.AnnAssign() | ast.AugAssign() | ast.If():
            return facts.module.scope(name).kind == "module"
    return False
