"""What a file's apps are configured from: ``config_from_object("settings", namespace=…)``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from fleetctl.settings.facts import Facts
from fleetctl.settings.model import Context
from fleetctl.settings.syntax.module import Module
from fleetctl.settings.syntax.source import Edit

DJANGO = "django.conf"
_MENTION = re.compile(r"\bconfig_from_object\b")
_SETTINGS_MODULE = re.compile(r"DJANGO_SETTINGS_MODULE[\"']\s*[,\]]\s*=?\s*[\"']([\w.]+)[\"']")


@dataclass(frozen=True, slots=True)
class Source:
    """A module that an app is configured from: its dotted name, and by which namespace.

    ``line`` is the call's, ``end`` where its last argument ends in the text; ``settings`` is what
    the file names as Django's settings module.
    """

    module: str
    namespace: str | None
    line: int
    end: int
    settings: str | None = None

    @property
    def is_django(self) -> bool:
        """Whether it is Django's settings."""
        return self.module == DJANGO

    def with_namespace(self, namespace: str) -> Edit:
        """What gives the call a namespace."""
        return Edit(self.end, self.end, f', namespace="{namespace}"')


def find(text: str, context: Context) -> list[Source]:
    """The modules that a file's apps are configured from.

    Raises fleetctl.settings.syntax.module.Unparsable.
    """
    if not _MENTION.search(text):
        return []
    facts = Facts(Module(text), context)
    return [
        source
        for call in facts.calls.get("config_from_object", ())
        for source in _sources(facts, call)
    ]


def settings_module(text: str) -> str | None:
    """The Django settings module that a file names."""
    named = _SETTINGS_MODULE.search(text)
    return named[1] if named else None


def _sources(facts: Facts, call: ast.Call) -> Iterator[Source]:
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    given = call.args[0] if call.args else keywords.get("obj")
    if given is None:
        return
    namespace = keywords.get("namespace")
    text = namespace.value if isinstance(namespace, ast.Constant) else None
    last = max([*call.args, *keywords.values()], key=lambda each: (each.lineno, each.col_offset))
    end = facts.module.lines.offset(last.end_lineno or 1, last.end_col_offset or 0)
    for name in _names(facts, given):
        line, _ = facts.module.place(call)
        found = str(text) if text else facts.own_namespace
        yield Source(name, found, line, end, settings_module(facts.module.text))


def _names(facts: Facts, given: ast.expr) -> Iterator[str]:
    match given:
        case ast.Constant(value=str(text)):
            module, _, name = text.partition(":")
            yield module if module == DJANGO or not name else f"{module}.{name}"
        case ast.Name():
            for module, name in facts.origins(given):
                whole = module if module == DJANGO or not name else f"{module}.{name}"
                yield whole
