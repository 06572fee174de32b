"""What a fleet survives: real faults done to real processes, on demand (``python -m tests.chaos``).

Every file in `faults` does one thing to a fleet, and fails where fleetctl then lies, loses, doubles
or leaves something behind. Plain pytest runs the quick version of each (tests/test_faults.py).
"""
