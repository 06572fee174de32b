"""Names like CELERY_BROKER_URL say that a namespace reads them, or the program itself.

With ``namespace="CELERY"`` Celery looks for CELERY_BROKER_URL first, without one never
(``celery.utils.collections.ConfigurationView._to_keys``).
"""

from __future__ import annotations

from fleetctl.settings.facts import Facts
from fleetctl.settings.model import Container
from fleetctl.settings.retired import FATES
from fleetctl.settings.rules.verdict import Leave

_COMMON_MISTAKE = "CELERY_BROKER_URL"

_BESIDE = Leave(
    'beside it stand names that only namespace="CELERY" reads',
    "if the app says so: --namespace CELERY; if not, write those names in lowercase first",
)


def is_so_named(facts: Facts, container: Container) -> bool:
    """Whether names are such as nothing but a namespace reads.

    CELERY_BROKER_URL alone is a common mistake: it counts where all other names fit it, and beside
    BROKER_URL in a file that isn't called Celery's: there each has its own reader.
    """
    table = facts.table
    proof = table.only_namespaced.intersection(container.others) - FATES.keys()
    if not proof <= {_COMMON_MISTAKE}:
        return True
    twice = "BROKER_URL" in container.sets and "celery" not in facts.context.stem
    fitting = all(table.namespaced(key, "CELERY") == key for key in container.sets)
    return bool(proof) and (twice or fitting)


def leave(container: Container) -> Leave:
    """Why they are left: Celery may refuse them already, for old names among new ones."""
    if container.kind == "class" and container.new:
        first = next(iter(container.new))
        return Leave(
            f"Celery refuses this class today: it has old names and new ones ({first})",
            "rename the old ones by hand, and see which of the others Celery is to read",
            "person",
        )
    return _BESIDE
