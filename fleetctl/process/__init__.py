"""Processes as the kernel knows them: identity, records, locks, signals, resources."""
