"""A small Celery application to try a fleet on: ``app: fleetctl.sample:app``."""

from .application import app

__all__ = ["app"]
