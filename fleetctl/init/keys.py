"""Options of a worker's command line as keys of fleet.yaml."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fleetctl.fleet.masking import mask
from fleetctl.fleet.pools import GROWING
from fleetctl.fleet.schema import SETTING
from fleetctl.init.remarks import Remarks
from fleetctl.init.worker import Given, WorkerLine

#: What a worker logs that isn't told; fleetctl's own default is info.
LOGLEVEL = "warning"


@dataclass(slots=True)
class Told:
    """What a command line says of one worker.

    `keys` are worker keys of fleet.yaml, valid each by itself. Paths are as they stand in the
    line: relative ones to the worker's folder, `workdir` to where the line was typed.
    """

    app: str | None = None
    nodename: str | None = None
    python: str | None = None
    workdir: str | None = None
    pidfile: str | None = None
    logfile: str | None = None
    keys: dict[str, Any] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    beat: dict[str, Any] | None = None


def told(line: WorkerLine, remarks: Remarks) -> Told:
    """The line as keys; what has no place in fleet.yaml is left out, with a remark."""
    found = Told(keys={"loglevel": LOGLEVEL})
    for given in line.given:
        if given.option.key is not None:
            _key(given, given.option.key, found, remarks)
        elif given.option.refused is None:
            value: object = True if given.value is None else given.value
            found.keys.setdefault("options", {})[given.option.name] = value
        else:
            _refused(given, found, remarks)
    for word in line.settings:
        _setting(word, found, remarks)
    _settle_size(found.keys, remarks)
    return found


def _settle_size(keys: dict[str, Any], remarks: Remarks) -> None:
    if "autoscale" not in keys:
        return
    pool = keys.get("pool", "prefork")
    if pool not in GROWING:
        text = f"--autoscale: the {pool} pool can't grow, the worker would die trying"
        remarks.add(text, f"it works with {', '.join(GROWING)}", left_out=True)
        del keys["autoscale"]
    elif "concurrency" in keys:
        text = f"-c {keys.pop('concurrency')}: ignored, because --autoscale sets the size"
        remarks.add(text, left_out=True)


def written(given: Given) -> str:
    """An option as one would type it."""
    if given.value is None:
        return given.spelling
    return f"{given.spelling}{'=' if given.spelling.startswith('--') else ' '}{given.value}"


def _key(given: Given, key: str, found: Told, remarks: Remarks) -> None:
    try:
        value: Any = True if given.value is None else _CONVERTED.get(key, str)(given.value)
        valid = value is None or _valid(key, value)
    except ValueError:
        valid = False
    if not valid:
        remarks.add(f"{written(given)}: Celery takes no such value", left_out=True)
        return
    if key in _LISTS and given.value is not None and ",".join(value) != given.value:
        text = f"{written(given)}: Celery takes the spaces, and nothing, for names, too"
        remarks.add(text, f"written as {', '.join(value)}")
    if value is None:
        found.keys.pop(key, None)
    else:
        found.keys[key] = value


def _valid(key: str, value: object) -> bool:
    from pydantic import ValidationError

    from fleetctl.fleet.schema import Worker

    try:
        Worker.model_validate({key: value})
    except ValidationError:
        return False
    return True


def _concurrency(text: str) -> int | str | None:
    # 0 is Celery's way of saying: as if it weren't given.
    return text if text == "auto" else int(text) or None


def _number(text: str) -> float:
    value = float(text)
    return int(value) if value.is_integer() else value


def _autoscale(text: str) -> dict[str, int]:
    numbers = sorted(int(part) for part in text.split(","))
    if len(numbers) > 2:
        raise ValueError("one number or two")
    return {"min": numbers[0] if len(numbers) > 1 else 0, "max": numbers[-1]}


def _names(text: str) -> list[str]:
    return [name for part in text.split(",") if (name := part.strip())]


def _umask(text: str) -> str:
    # celery/platforms.py, DaemonContext: without a leading 0 it is decimal.
    return f"{int(text, 8 if text.startswith('0') else 10):03o}"


def _pool(text: str) -> str:
    return {"processes": "prefork"}.get(text, text)


_LISTS = ("queues", "exclude_queues", "include")
_CONVERTED: dict[str, Callable[[str], Any]] = {
    "concurrency": _concurrency,
    "autoscale": _autoscale,
    "pool": _pool,
    "umask": _umask,
    "loglevel": str.lower,
    "time_limit": _number,
    "soft_time_limit": _number,
    "prefetch_multiplier": int,
    "max_tasks_per_child": int,
    "max_memory_per_child": int,
    "heartbeat_interval": int,
    **dict.fromkeys(_LISTS, _names),
}
_PLACES = {
    "--app": "app",
    "--hostname": "nodename",
    "--executable": "python",
    "--workdir": "workdir",
    "--pidfile": "pidfile",
    "--logfile": "logfile",
}
_VARIABLES = {"--broker": "CELERY_BROKER_URL", "--result-backend": "CELERY_RESULT_BACKEND"}
_SETTINGS_AS_VARIABLES = {
    "broker_url": "CELERY_BROKER_URL",
    "result_backend": "CELERY_RESULT_BACKEND",
}
_BEAT = {"--schedule-filename": "schedule", "--scheduler": "scheduler"}


def _refused(given: Given, found: Told, remarks: Remarks) -> None:
    name = given.option.name
    if name in _PLACES:
        setattr(found, _PLACES[name], given.value)
    elif name in _VARIABLES:
        found.env[_VARIABLES[name]] = given.value or ""
    elif name == "--beat":
        found.beat = found.beat or {}
        remarks.add(
            f"{given.spelling}: {given.option.refused}",
            "it has become the key `beat`, which this version doesn't start: run `celery beat`",
        )
    elif name in _BEAT:
        found.beat = {**(found.beat or {}), _BEAT[name]: given.value}
    elif name != "--detach":
        text = f"{written(given)}: {given.option.refused}"
        remarks.add(text, given.option.instead, left_out=True)


def _setting(word: str, found: Told, remarks: Remarks) -> None:
    name, equals, value = word.partition("=")
    # Celery: .key and _key are the worker's own.
    name = f"worker.{name[1:]}" if name[:1] in (".", "_") else name
    if not equals or not re.match(SETTING, name):
        text = f"{word}: the worker wants settings here, as name=value"
        remarks.add(text, left_out=True)
        return
    variable = _SETTINGS_AS_VARIABLES.get(name.lower().replace(".", "_"))
    if variable is not None and mask(name, value) != value:
        found.env[variable] = value
        return
    if mask(name, value) != value:
        remarks.add(
            f"{word}: its value may be a secret, and everyone sees it in `ps`",
            "better in the app's configuration, read from the environment",
        )
    found.keys.setdefault("settings", {})[name] = _plain(value)


def _plain(text: str) -> str | int | bool:
    """The text as the YAML value that is written out the same."""
    if text in ("true", "false"):
        return text == "true"
    return int(text) if text.isdecimal() and str(int(text)) == text else text
