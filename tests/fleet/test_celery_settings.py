from __future__ import annotations

from celery.app import defaults

from fleetctl.fleet.celery_settings import NAMES


def test_the_names_are_those_that_celery_has() -> None:
    assert {name for name, _ in defaults.flatten(defaults.NAMESPACES)} == NAMES
