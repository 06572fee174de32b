"""The faults, in the order of the table: importing this enters them all."""

# ruff: noqa: I001 - the order of the table
from tests.chaos.faults import eight_starts
from tests.chaos.faults import killed
from tests.chaos.faults import processes
from tests.chaos.faults import pids
from tests.chaos.faults import storage
from tests.chaos.faults import outages
from tests.chaos.faults import definitions
from tests.chaos.faults import load
from tests.chaos.faults import fleet_files

__all__ = (
    "definitions",
    "eight_starts",
    "fleet_files",
    "killed",
    "load",
    "outages",
    "pids",
    "processes",
    "storage",
)
