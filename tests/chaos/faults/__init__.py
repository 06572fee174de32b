"""The faults, in the order of the table: importing this enters them all."""

from tests.chaos.faults import (
    definitions,
    eight_starts,
    killed,
    load,
    outages,
    pids,
    processes,
    storage,
)

__all__ = [
    "definitions",
    "eight_starts",
    "killed",
    "load",
    "outages",
    "pids",
    "processes",
    "storage",
]
