"""Names like CELERY_BROKER_URL say that a namespace reads them, or the program itself.

With ``namespace="CELERY"`` Celery looks for CELERY_BROKER_URL first, without one never
(``celery.utils.collections.ConfigurationView._to_keys``).
"""

from __future__ import annotations

from fleetctl.settings.facts import Facts
from fleetctl.settings.model import Container
from fleetctl.settings.rules.verdict import Leave

LEAVE = Leave(
    'these are the names that namespace="CELERY" reads',
    "nothing, if the app says so; without a namespace Celery doesn't read CELERY_BROKER_URL",
)


def is_so_named(facts: Facts, container: Container) -> bool:
    """Whether all names are such as a namespace reads, and one is such as nothing else does."""
    table = facts.table
    proof = table.only_namespaced.intersection(container.others)
    return bool(proof) and all(table.namespaced(key, "CELERY") == key for key in container.sets)
