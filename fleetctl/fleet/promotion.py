"""Moves each of `options` that has a key of its own there: one place says what it may be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fleetctl.fleet.complaints import Complaints
from fleetctl.fleet.options import BY_SPELLING, Option
from fleetctl.fleet.spelling import did_you_mean
from fleetctl.fleet.tree import Trail
from fleetctl.fleet.wording import shown


def promote(data: dict[str, Any], complaints: Complaints) -> None:
    """Rewrite `data` in place; options that can't be had are complained about and left out."""
    for trail, keys in _worker_maps(data):
        options = keys.get("options")
        if isinstance(options, dict):
            for spelling in list(options):
                _take(spelling, options, keys, trail, complaints)


def _worker_maps(data: dict[str, Any]) -> Iterator[tuple[Trail, dict[str, Any]]]:
    if isinstance(defaults := data.get("defaults"), dict):
        yield ("defaults",), defaults
    if isinstance(workers := data.get("workers"), dict):
        for name, keys in workers.items():
            if isinstance(keys, dict):
                yield ("workers", name), keys


def _take(
    spelling: str,
    options: dict[str, Any],
    keys: dict[str, Any],
    trail: Trail,
    complaints: Complaints,
) -> None:
    value, at = options.pop(spelling), (*trail, "options", spelling)
    option = BY_SPELLING.get(spelling)
    if option is None:
        message = "no such option of `celery worker`"
        complaints.error(at, message, _suggestion(spelling), at="key")
    elif option.refused:
        complaints.error(at, f"refused: it {option.refused}", option.instead, at="key")
    elif option.key is None:
        if _fits(option, value, at, complaints):
            options[spelling] = value
    elif option.key in keys:
        other = complaints.document.written((*trail, option.key))[-1]
        complaints.error(at, f"given twice: there is `{other}` too", "keep one of them", at="key")
    else:
        keys[option.key] = value
        moved: Trail = (*trail, option.key)
        complaints.document.aliases[moved] = at


def _fits(option: Option, value: Any, at: Trail, complaints: Complaints) -> bool:
    if isinstance(value, bool if option.flag else str):
        return True
    what = "true or false" if option.flag else "text"
    complaints.error(at, f"expected {what}, not {shown(value, at, complaints.document)}")
    return False


def _suggestion(spelling: str) -> str | None:
    dashed = "--" + spelling.lstrip("-").replace("_", "-")
    if dashed in BY_SPELLING:
        return f"did you mean `{dashed}`?"
    long_ones = [name for name in BY_SPELLING if name.startswith("--")]
    own = "an option that the app itself adds goes under `extra_options`"
    return did_you_mean(dashed, long_ones, otherwise=own)
