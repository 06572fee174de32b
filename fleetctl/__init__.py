"""fleetctl: start, drain, restart and watch fleets of Celery workers."""

__version__ = "0.1.0"
