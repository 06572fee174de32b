"""Where a file uses another's names as text: ``getattr(config, "CELERYD_" + name)``.

Those names can't follow when they get new ones.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from fleetctl.settings.computed import is_computed, spelled
from fleetctl.settings.facts import ACCESS, Facts, called
from fleetctl.settings.imported import dicts

_IMPORTERS = ("import_module", "__import__")
_LOOKUPS = ("get", "pop", "setdefault")
Origin = tuple[str, str]
"""A module and a name in it, or a module and ``""``."""


def computed(facts: Facts) -> Iterator[ast.expr]:
    """What names are taken of that are computed, where the file spells old ones."""
    if not spelled(facts):
        return
    for function in ACCESS:
        for call in facts.calls.get(function, ()):
            match call.args:
                case [owner, key, *_] if is_computed(facts, key):
                    yield owner
    for owner, whole in dicts(facts):
        found = _key(facts, whole)
        if found is not None and is_computed(facts, found):
            yield owner


def _key(facts: Facts, mapping: ast.expr) -> ast.expr | None:
    """The key by which a mapping is looked into."""
    match facts.module.parent(mapping):
        case ast.Subscript(value=value, slice=key) if value is mapping:
            return key
        case ast.Attribute(attr=method) as attribute if method in _LOOKUPS:
            call = facts.module.parent(attribute)
            return call.args[0] if isinstance(call, ast.Call) and call.args else None
    return None


def imported_by_text(facts: Facts) -> Iterator[tuple[str, ast.AST]]:
    """Modules that are imported by ``import_module("config")`` and of which old names are used."""
    for function in _IMPORTERS:
        for call in facts.calls.get(function, ()):
            match call.args:
                case [ast.Constant(value=str(text)), *_]:
                    for use in [call, *_variable(facts, call)]:
                        if _takes_old(facts, use):
                            yield _absolute(facts, text), use


def _absolute(facts: Facts, text: str) -> str:
    name = text.lstrip(".")
    return facts.context.absolute(name, len(text) - len(name))


def _variable(facts: Facts, call: ast.Call) -> Iterator[ast.Name]:
    for name in facts.module.all(ast.Name):
        if isinstance(name.ctx, ast.Load) and call in facts.values(name):
            yield name


def _takes_old(facts: Facts, module: ast.expr) -> bool:
    match facts.module.parent(module):
        case ast.Attribute(attr="__dict__") as whole:
            return _is_old(facts, _key(facts, whole))
        case ast.Attribute(attr=attr):
            return attr in facts.table.new_names
        case ast.Call(func=ast.Name(id="vars")) as whole:
            return _is_old(facts, _key(facts, whole))
        case ast.Call(args=[first, key, *_]) as call if first is module and called(call) in ACCESS:
            return _is_old(facts, key)
    return False


def _is_old(facts: Facts, key: ast.expr | None) -> bool:
    match key:
        case None:
            return False
        case ast.Constant(value=text):
            return text in facts.table.new_names
    return is_computed(facts, key) and spelled(facts)


def getters(facts: Facts) -> Iterator[ast.Call]:
    """``attrgetter("CELERYD_CONCURRENCY")``."""
    for call in facts.calls.get("attrgetter", ()):
        for each in call.args:
            match each:
                case ast.Constant(value=str(text)):
                    if not facts.table.new_names.keys().isdisjoint(text.split(".")):
                        yield call


def given_to(facts: Facts, getter: ast.Call) -> list[ast.expr]:
    """What a getter is called with at once; nothing where it is kept for later."""
    parent = facts.module.parent(getter)
    return list(parent.args) if isinstance(parent, ast.Call) and parent.func is getter else []


def imports(facts: Facts) -> Iterator[Origin]:
    """Everything that the file imports."""
    for scope in facts.module.scopes.all:
        for bindings in scope.bindings.values():
            for binding in bindings:
                origin = facts.origin(binding)
                if origin:
                    module, name = origin
                    yield origin
                    yield (f"{module}.{name}" if name else module), ""
