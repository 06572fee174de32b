"""How tests override Django's settings: by keyword, by a fixture, by a dotted name to patch."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from fleetctl.settings.facts import Facts
from fleetctl.settings.model import Site

_OVERRIDES = ("override_settings", "modify_settings", "settings", "configure")
_PATCHES = ("patch", "setattr", "delattr")
_SETTINGS = "django.conf.settings."
_FIXTURE = "settings"


def renamed(facts: Facts) -> Iterator[tuple[Site, str]]:
    """Places in tests that name one of Django's settings that get new names."""
    yield from _overrides(facts)
    yield from _fixtures(facts)
    yield from _patched(facts)


def _overrides(facts: Facts) -> Iterator[tuple[Site, str]]:
    """``override_settings(KEY=…)``, ``self.settings(**{"KEY": …})``, ``settings.configure(…)``."""
    names = facts.context.django_settings
    for function in _OVERRIDES:
        for call in facts.calls.get(function, ()):
            for keyword in call.keywords:
                if keyword.arg is not None and keyword.arg in names:
                    span = facts.module.span_of_name(keyword, keyword.arg)
                    yield from _site(facts, keyword.arg, span, keyword)
                elif keyword.arg is None and isinstance(keyword.value, ast.Dict):
                    for key in keyword.value.keys:
                        if isinstance(key, ast.Constant):
                            span = facts.module.span_of_text(key)
                            yield from _site(facts, str(key.value), span, key)


def _fixtures(facts: Facts) -> Iterator[tuple[Site, str]]:
    """``settings.KEY`` of pytest-django's fixture in a test or a fixture."""
    for node in facts.module.all(ast.Attribute):
        owner = node.value
        if isinstance(owner, ast.Name) and owner.id == _FIXTURE:
            function = facts.module.home(owner).node
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and _tests(function):
                yield from _site(facts, node.attr, facts.module.span_of_attribute(node), node)


def _tests(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    parameters = {each.arg for each in [*function.args.args, *function.args.kwonlyargs]}
    marks = (ast.unparse(each) for each in function.decorator_list)
    is_one = function.name.startswith("test") or any("fixture" in mark for mark in marks)
    return _FIXTURE in parameters and is_one


def _patched(facts: Facts) -> Iterator[tuple[Site, str]]:
    """``mock.patch("django.conf.settings.KEY", …)``."""
    for function in _PATCHES:
        for call in facts.calls.get(function, ()):
            match call.args:
                case [ast.Constant(value=str(text)) as node, *_] if text.startswith(_SETTINGS):
                    key = text.removeprefix(_SETTINGS)
                    start = facts.module.start(node)
                    at = (
                        -1
                        if start is None
                        else facts.module.text.find(text, start, start + len(text) + 4)
                    )
                    begin = at + len(_SETTINGS)
                    yield from _site(
                        facts, key, (begin, begin + len(key)) if at >= 0 else None, node
                    )


def _site(
    facts: Facts, key: str, span: tuple[int, int] | None, node: ast.AST
) -> Iterator[tuple[Site, str]]:
    new = facts.context.django_settings.get(key)
    if new is not None and span is not None:
        yield Site(key, *span, node), new
