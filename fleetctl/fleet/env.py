"""The environment of nodes: env files, who wins, and which variables change Celery."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fleetctl.fleet.masking import MASK, mask, mask_argument

__all__ = (
    "MASK",
    "EnvFile",
    "Inherited",
    "inherited",
    "mask",
    "mask_argument",
    "merge",
    "read_at_exec",
    "read_file",
)


@dataclass(frozen=True, slots=True)
class EnvFile:
    """An env file's variables, and what is wrong with it."""

    values: Mapping[str, str]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inherited:
    """A variable of the caller's environment that changes Celery; `effect` is one sentence."""

    name: str
    value: str
    effect: str

    @property
    def ignored(self) -> bool:
        """Whether the nodes pay no heed to it, though a plain `celery worker` would."""
        return self.effect in (_IGNORED, _NOT_PASSED_ON)


def read_file(path: Path) -> EnvFile:
    """An env file as python-dotenv reads it, ``${NAME}`` included. Never raises for its content."""
    # Imported where a fleet has an env file: it is slow to import.
    from dotenv import dotenv_values
    from dotenv.parser import parse_stream

    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        return EnvFile({}, (f"{path} is not UTF-8 (byte {error.start + 1})",))
    except OSError as error:
        return EnvFile({}, (f"{path} can't be read: {(error.strerror or '').lower()}",))
    problems = [
        f"{path}, line {_line(binding.original.line, binding.original.string)}: not NAME=value"
        for binding in parse_stream(io.StringIO(text))
        if binding.error or (binding.key is not None and not _settable(binding.key, binding.value))
    ]
    if problems:
        return EnvFile({}, tuple(problems))
    values = dotenv_values(stream=io.StringIO(text))
    return EnvFile({name: value for name, value in values.items() if value is not None})


def _line(first: int, text: str) -> int:
    # A binding begins with the blank lines before it.
    return first + text[: len(text) - len(text.lstrip())].count("\n")


def _settable(name: str, value: str | None) -> bool:
    return value is not None and "\0" not in name + value


def merge(*layers: Mapping[str, str]) -> dict[str, str]:
    """The layers in one, a later one winning."""
    return {name: value for layer in layers for name, value in layer.items()}


_OVERRIDES_BROKER = "overrides the app's broker_url"
_NOT_PASSED_ON = "is not passed on: it would make TERM cut running tasks off"
_EFFECTS = {
    "APP": "is `celery`'s default app; nodes get -A, so it has no effect on them",
    "BROKER_URL": _OVERRIDES_BROKER,
    "CELERY_BROKER": _OVERRIDES_BROKER,
    "CELERY_BROKER_URL": _OVERRIDES_BROKER,
    "CELERY_BROKER_READ_URL": "overrides the app's broker for consuming",
    "CELERY_BROKER_WRITE_URL": "overrides the app's broker for sending",
    "RESULT_BACKEND": "overrides the app's result_backend",
    "CELERY_RESULT_BACKEND": "overrides the app's result_backend",
    "CELERY_CONFIG_MODULE": "names the settings module of an app that configures none",
    "CONFIG_MODULE": "names the settings module of an app that configures none",
    "CELERY_CONFIG": "names the settings module of an app that configures none",
    "CELERY_LOADER": "replaces the loader of an app that names none",
    "LOADER": "replaces the loader of an app that names none",
    "CELERY_CUSTOM_WORKER_POOL": "is the implementation of the pool `custom`",
    "CELERY_RDBSIG": "makes USR2 open a debugger in the node",
    "CELERY_SKIP_CHECKS": "skips Django's system checks at start",
    "SKIP_CHECKS": "skips Django's system checks at start",
    "DJANGO_SETTINGS_MODULE": "sets Django up in the node",
    "REMAP_SIGTERM": _NOT_PASSED_ON,
    "C_FORCE_ROOT": "lets a worker run as root with pickle",
    "C_FAKEFORK": "keeps Celery from detaching",
    "AUTOSCALE_KEEPALIVE": "is how long autoscale waits before it shrinks the pool",
    "NO_COLOR": "makes the log colourless",
    "TZ": "changes the node's local time",
    "PYTHONPATH": "adds folders that the app may be imported from",
    "PYTHONHOME": "changes where Python finds its standard library",
    "PYTHONOPTIMIZE": "removes the asserts from tasks",
}
_IGNORED = "has no effect: nodes take their options from fleet.yaml"


def inherited(environ: Mapping[str, str]) -> list[Inherited]:
    """The variables in `environ` that change Celery in the nodes or look as if they did, sorted."""
    return [
        Inherited(name, value, effect)
        for name, value in sorted(environ.items())
        if (effect := _effect(name)) is not None
    ]


def _effect(name: str) -> str | None:
    if name.startswith("CELERY_WORKER_"):
        return _IGNORED
    return _EFFECTS.get(name)


_AT_EXEC = frozenset({
    "REMAP_SIGTERM", "C_FAKEFORK", "CELERY_CUSTOM_WORKER_POOL", "CELERY_RDBSIG",
    "AUTOSCALE_KEEPALIVE", "C_REMDEBUG", "USE_FAST_LOCALS", "MP_LOG", "DISABLE_TRACEBACKS",
    "PICKLE_PROTOCOL", "FORKED_BY_MULTIPROCESSING", "GLIBC_TUNABLES", "LANG", "LANGUAGE",
    "TZDIR", "OPENSSL_CONF", "SSLKEYLOGFILE",
})  # fmt: skip
_AT_EXEC_PREFIXES = (
    "PYTHON", "LD_", "DYLD_", "MALLOC_", "GEVENT", "EVENTLET", "GREENLET", "LC_", "KOMBU_",
    "C_BENCH", "CELERY_BENCH", "CELERY_RDB", "BILLIARD_", "COV_CORE_", "COVERAGE_",
)  # fmt: skip


def read_at_exec(env: Mapping[str, str]) -> dict[str, str]:
    """The variables that only count when Python starts or imports Celery: too late after a fork."""
    return {
        name: value
        for name, value in sorted(env.items())
        if name in _AT_EXEC or name.startswith(_AT_EXEC_PREFIXES)
    }
