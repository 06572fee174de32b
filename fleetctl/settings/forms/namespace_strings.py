"""A module's variables by their names as strings: ``globals()["KEY"]``, ``__all__``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from fleetctl.settings.facts import ACCESS, Facts, called
from fleetctl.settings.keys import Keys
from fleetctl.settings.model import Container, Obstacle

_PREFIXES = ("CELERY", "CELERYD", "CELERYBEAT", "BROKER")
_FORMATS = r"[({{](?:{})[)}}!:]"


def find(facts: Facts, container: Container) -> None:
    """Gather them; what reads or sets names that can't be seen is an obstacle."""
    keys = Keys(facts, container)
    for function in ("globals", "vars", "locals"):
        for call in facts.calls.get(function, ()):
            if not call.args and _is_the_modules(facts, call, function):
                _namespace(facts, keys, call)
    for node in _module_objects(facts):
        _module_object(facts, keys, node)
    _exports(facts, keys)
    choices_by_case(facts, container)


def _is_the_modules(facts: Facts, call: ast.Call, function: str) -> bool:
    return function == "globals" or facts.module.scope(call).kind == "module"


def _namespace(facts: Facts, keys: Keys, call: ast.Call) -> None:
    keys.used(call)
    if not isinstance(facts.module.parent(call), ast.Call):
        keys.into.computed += keys.opaque
    keys.opaque.clear()
    match facts.module.parent(call):
        case ast.Subscript(slice=ast.Constant()) | ast.Compare() | ast.Attribute():
            seen = True
        case ast.Subscript():
            seen = not _listed(facts)
        case _:
            seen = not _formatted(facts)
    if not seen or _by_prefix(facts):
        keys.into.obstacles.append(
            Obstacle(f"names are looked up in {called(call)}() as text", call)
        )


def choices_by_case(facts: Facts, container: Container) -> None:
    """Gather what takes names for their being uppercase: new ones it would leave out."""
    for call in _by_case(facts):
        reason = "names are taken here because they are uppercase"
        container.obstacles.append(Obstacle(reason, call))


def picks_by_looks(facts: Facts) -> bool:
    """Whether the file takes names for their case, their beginning or by a list of them."""
    return bool(_by_case(facts)) or _by_prefix(facts) or _listed(facts)


def _by_case(facts: Facts) -> list[ast.Call]:
    """``key.isupper()``, ``key == key.upper()``."""
    compared = (call for call in facts.calls.get("upper", ()) if _with_itself(facts, call))
    return [*facts.calls.get("isupper", ()), *compared]


def _with_itself(facts: Facts, upper: ast.Call) -> bool:
    match facts.module.parent(upper), upper.func:
        case ast.Compare(left=left, comparators=others), ast.Attribute(value=ast.Name(id=name)):
            return any(isinstance(each, ast.Name) and each.id == name for each in [left, *others])
    return False


def _by_prefix(facts: Facts) -> bool:
    """Whether names are told by how they begin, as ``CELERY_``."""
    return any(
        isinstance(node, ast.Constant) and str(node.value).strip("^_") in _PREFIXES
        for call in facts.calls.get("startswith", ())
        for argument in call.args
        for node in ast.walk(argument)
    )


def _listed(facts: Facts) -> bool:
    """Whether an old name is in a list or the like, from which it may be taken as a variable."""
    return any(
        isinstance(node.value, str)
        and node.value in facts.table.new_names
        and isinstance(facts.module.parent(node), ast.List | ast.Tuple | ast.Set | ast.Dict)
        for node in facts.module.all(ast.Constant)
    )


def _formatted(facts: Facts) -> bool:
    """Whether a string formats an old name, as ``"%(KEY)s" % globals()`` does."""
    names = "|".join(map(re.escape, facts.table.new_names))
    formats = re.compile(_FORMATS.format(names))
    texts = (node.value for node in facts.module.all(ast.Constant))
    return any(isinstance(text, str) and formats.search(text) for text in texts)


def _module_objects(facts: Facts) -> Iterator[ast.expr]:
    """``sys.modules[__name__]``, and where a variable is it."""
    yield from filter(_is_module_object, facts.module.all(ast.Subscript))
    for name in facts.module.all(ast.Name):
        values = facts.values(name) if isinstance(name.ctx, ast.Load) else []
        if values and all(map(_is_module_object, values)):
            yield name


def _is_module_object(node: ast.expr) -> bool:
    match node:
        case ast.Subscript(value=ast.Attribute(attr="modules"), slice=ast.Name(id="__name__")):
            return True
    return False


def _module_object(facts: Facts, keys: Keys, node: ast.expr) -> None:
    match facts.module.parent(node):
        case ast.Attribute(attr=key, ctx=ctx) as use if key in facts.table.new_names:
            span = facts.module.span_of_attribute(use)
            keys.into.add(key, span, use, sets=isinstance(ctx, ast.Store))
        case ast.Call(func=ast.Name(id=function), args=[first, second, *_]):
            if first is node and function in ACCESS:
                keys.string(second, sets=function == "setattr")


def _exports(facts: Facts, keys: Keys) -> None:
    for name in facts.module.all(ast.Name):
        if name.id == "__all__" and facts.module.home(name).kind == "module":
            for node in ast.walk(_statement(facts, name)):
                if isinstance(node, ast.Constant):
                    keys.string(node, sets=False)


def _statement(facts: Facts, node: ast.AST) -> ast.AST:
    return next(each for each in facts.module.parents(node) if isinstance(each, ast.stmt))
