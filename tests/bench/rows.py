"""All that is measured, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.bench.added import added
from tests.bench.crowd import crowd
from tests.bench.measures import Ground, Measure
from tests.bench.rolling import rolling
from tests.bench.start import prefork, solo
from tests.bench.status import status
from tests.bench.stopping import restart, stopwait
from tests.bench.throughput import throughput

ROWS: Mapping[str, Callable[[Ground], list[Measure]]] = {
    "prefork": prefork,
    "solo": solo,
    "added": added,
    "rolling": rolling,
    "stopwait": stopwait,
    "restart": restart,
    "status": status,
    "throughput": throughput,
    "crowd": crowd,
}
