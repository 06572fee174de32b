"""Checks the keys that the user chooses: names of workers, groups, variables and settings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from fleetctl.fleet.complaints import Complaints
from fleetctl.fleet.schema import ENV_NAME, EXTRA_OPTION, NAME, SETTING
from fleetctl.fleet.spelling import nearest
from fleetctl.fleet.tree import Trail
from fleetctl.settings.snapshot import NEW_NAMES

_SETTINGS = frozenset(NEW_NAMES.values())
_NAME_RULE = "letters, digits, _ . and -, beginning with a letter or a digit, at most 64"
_RULES = (
    ("env", ENV_NAME, "not a name for a variable", None),
    ("settings", SETTING, "not a Celery setting", "for example worker.soft_shutdown_timeout"),
    ("extra_options", EXTRA_OPTION, "not an option", "for example --my-option"),
)
_ALIKE = 0.85
"""An app's own settings may resemble Celery's from afar."""
_ALL = "`all` means every node, on the command line"


def check_names(data: dict[str, Any], complaints: Complaints) -> None:
    """Complain about each name that can't be one."""
    for trail, names in _maps(data, ("workers",), ("groups",)):
        for name in names:
            if name == "all":
                complaints.error((*trail, name), _ALL, "choose another name", at="key")
            elif not re.match(NAME, name):
                kind = str(trail[0]).removesuffix("s")
                message = f"not a name for a {kind}"
                complaints.error((*trail, name), message, _NAME_RULE, at="key")
    for member in _members(data):
        _check_settings(data, member, complaints)
        for key, pattern, message, hint in _RULES:
            for trail, names in _maps(data, (*member, key)):
                for name in names:
                    if not re.match(pattern, name):
                        complaints.error((*trail, name), message, hint, at="key")


def _check_settings(data: dict[str, Any], member: Trail, complaints: Complaints) -> None:
    """Warn of what is nearly a setting: Celery takes every name, and does nothing with it."""
    for trail, settings in _maps(data, (*member, "settings")):
        for name in settings:
            # On the command line, a dot may stand for the first underscore.
            plain = str(name).replace(".", "_", 1)
            close = None if plain in _SETTINGS else nearest(plain, _SETTINGS, _ALIKE)
            if close:
                meant = close.replace("_", ".", 1) if "." in str(name) else close
                complaints.warn(
                    (*trail, name),
                    "Celery has no such setting",
                    f"did you mean `{meant}`?",
                    at="key",
                )


def _members(data: dict[str, Any]) -> Iterator[Trail]:
    yield from ((), ("defaults",), ("beat",), ("flower",))
    for _, workers in _maps(data, ("workers",)):
        yield from (("workers", name) for name in workers)


def _maps(data: Any, *trails: Trail) -> Iterator[tuple[Trail, dict[str, Any]]]:
    for trail in trails:
        found = data
        for part in trail:
            found = found.get(part) if isinstance(found, dict) else None
        if isinstance(found, dict):
            yield trail, found
