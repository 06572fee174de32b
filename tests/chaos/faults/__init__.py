"""The faults, in the order of the table: importing this enters them all."""

from tests.chaos.faults import eight_starts, killed, outages, pids, processes, storage

__all__ = ["eight_starts", "killed", "outages", "pids", "processes", "storage"]
