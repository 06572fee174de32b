"""What a real Celery sees of a configuration that is written in some form."""

from __future__ import annotations

import io
import os
import re
import tokenize
import warnings
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

from celery import Celery
from celery.exceptions import CPendingDeprecationWarning

from fleetctl.runtime import settings
from fleetctl.settings.model import Context
from fleetctl.settings.syntax.source import edited
from fleetctl.settings.table import load
from fleetctl.settings.upgrade import apply

TABLE = load()
NAMESPACE = "CELERY"

Load = Callable[[ModuleType], Celery]


def run(text: str) -> ModuleType:
    """A module of this text, run."""
    module = ModuleType("generated")
    exec(compile(text, "generated.py", "exec"), module.__dict__)
    return module


def of_module(module: ModuleType) -> Celery:
    """An app configured from the module itself."""
    return configured(module)


def of_class(module: ModuleType) -> Celery:
    """An app configured from its class."""
    return configured(module.CeleryConfig)


def of_mapping(module: ModuleType) -> Celery:
    """An app configured from its dict."""
    return configured(module.CELERY_CONFIG)


def of_app(module: ModuleType) -> Celery:
    """The app that it makes."""
    app: Celery = module.app
    return app


def of_django(module: ModuleType) -> Celery:
    """An app that reads what Django would keep of it, by a namespace."""
    kept = {key: value for key, value in vars(module).items() if key.isupper()}
    return configured(kept, NAMESPACE)


def configured(source: Any, namespace: str | None = None) -> Celery:
    """A fresh app, configured."""
    app = Celery("generated", set_as_current=False, fixups=[])
    app.config_from_object(source, namespace=namespace)
    return app


def effective(text: str, load: Load) -> dict[str, Any]:
    """Every setting, described."""
    with warnings.catch_warnings():
        # One of the settings is itself to be removed, which Celery says of its new name alone.
        warnings.simplefilter("ignore", CPendingDeprecationWarning)
        return settings.effective(load(run(text)))


def upgraded(text: str, *, django: bool = False) -> str:
    """The text after its upgrade."""
    namespace = NAMESPACE if django else None
    name = "settings" if django else "celeryconfig"
    return edited(text, apply(text, Context(name=name, namespace=namespace)).edits)


def differing_tokens(before: str, after: str) -> list[tuple[str, str]]:
    """The tokens of two texts that aren't the same; the rest, layout and all, must be."""
    old, new = list(_tokens(before)), list(_tokens(after))
    assert [token.type for token in old] == [token.type for token in new]
    pairs = [(a.string, b.string) for a, b in zip(old, new, strict=True) if a.string != b.string]
    assert _gaps(before, old) == _gaps(after, new)
    return pairs


def is_renaming(before: str, after: str, *, django: bool = False) -> bool:
    """Whether one token is an old name, quoted or not, and the other the new one, so quoted."""
    field = re.match(r"f'\{(\w+)[}!]", before)
    old = field[1] if field else before.strip("\"'")
    new = TABLE.namespaced(old, NAMESPACE) if django else TABLE.new_names[old]
    if field:
        return re.sub(rf"(?<!\{{)\{{{old}(?=[}}!])", f"{{{new}", before) == after
    return before.replace(old, new) == after


def _tokens(text: str) -> Iterable[tokenize.TokenInfo]:
    return tokenize.generate_tokens(io.StringIO(text).readline)


def _gaps(text: str, tokens: Iterable[tokenize.TokenInfo]) -> list[str]:
    """What stands between tokens: spaces and continued lines."""
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    gaps, at = [], 0
    for token in tokens:
        start, end = (
            starts[min(line, len(starts)) - 1] + col for line, col in (token.start, token.end)
        )
        gaps.append(text[at:start])
        at = max(at, end)
    return gaps


assert "CELERY_BROKER_URL" not in os.environ, "it would override what is compared"
