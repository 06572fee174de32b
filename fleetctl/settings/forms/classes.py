"""Settings as attributes of a class, its bases and subclasses in the file: ``class CeleryConfig``.

Celery reads them by ``dir()`` (``celery.utils.collections.DictAttribute``), inherited ones too, so
a family of classes is upgraded as one.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial

from fleetctl.settings.computed import is_computed, spells
from fleetctl.settings.facts import ACCESS, Facts, dotted
from fleetctl.settings.forms.namespace_strings import choices_by_case
from fleetctl.settings.model import Container
from fleetctl.settings.syntax.scopes import Scope


def find(facts: Facts) -> Iterator[tuple[Container, list[ast.ClassDef]]]:
    """A container for each family of classes of which one sets a setting, and its classes."""
    for family in families(facts):
        container = Container("class", f"class {family[0].name}", names=_names(facts, family))
        for each in family:
            _body(facts, container, each)
        _uses(facts, container, family)
        _made(facts, container, family)
        _by_key(facts, container, family)
        choices_by_case(facts, container)
        if container.sets or container.new:
            yield container, family


def _names(facts: Facts, family: list[ast.ClassDef]) -> tuple[str, ...]:
    own = [each.name for each in family if facts.module.scope(each).kind == "module"]
    return tuple(own)


def base_names(family: list[ast.ClassDef]) -> frozenset[str]:
    """The last names of all bases of the family."""
    names = (dotted(base).rpartition(".")[2] for each in family for base in each.bases)
    return frozenset(names)


def families(facts: Facts) -> list[list[ast.ClassDef]]:
    """The classes of the file: those that inherit from each other together."""
    family_of: dict[ast.ClassDef, list[ast.ClassDef]] = {}
    for each in facts.module.all(ast.ClassDef):
        family_of[each] = [each]
    for each in facts.module.all(ast.ClassDef):
        for base in each.bases:
            for other in facts.definition(base, ast.ClassDef):
                _join(family_of, each, other)  # type: ignore[arg-type]
    unique = {id(family): family for family in family_of.values()}
    return list(unique.values())


def _join(
    family_of: dict[ast.ClassDef, list[ast.ClassDef]], one: ast.ClassDef, other: ast.ClassDef
) -> None:
    joined = family_of[one]
    if joined is not family_of[other]:
        joined.extend(family_of[other])
        for each in joined:
            family_of[each] = joined


def _body(facts: Facts, container: Container, definition: ast.ClassDef) -> None:
    scope = facts.module.scopes.inner[definition]
    for name, bindings in scope.bindings.items():
        if name not in facts.table.new_names:
            container.bind(name, bindings[0].node, facts.table)
            continue
        for binding in bindings:
            if not isinstance(binding.node, ast.Name):
                container.add(name, None, binding.node, sets=True)
    for node in facts.module.all(ast.Name):
        if node.id in facts.table.new_names and facts.module.home(node) is scope:
            span = facts.module.span_of_name(node, node.id)
            container.add(node.id, span, node, sets=isinstance(node.ctx, ast.Store))


def _uses(facts: Facts, container: Container, family: list[ast.ClassDef]) -> None:
    for node in facts.module.all(ast.Attribute):
        if _is_member(facts, node.value, family):
            sets = isinstance(node.ctx, ast.Store)
            if node.attr in facts.table.new_names:
                container.add(node.attr, facts.module.span_of_attribute(node), node, sets=sets)
            elif sets:
                container.bind(node.attr, node, facts.table)
    for function in ACCESS:
        for call in facts.calls.get(function, ()):
            _by_name(facts, container, call, family)


def _made(facts: Facts, container: Container, family: list[ast.ClassDef]) -> None:
    """The keywords by which a dataclass of the family is made."""
    if not any("dataclass" in ast.unparse(d) for each in family for d in each.decorator_list):
        return
    for call in facts.module.all(ast.Call):
        if any(each in family for each in facts.definition(call.func, ast.ClassDef)):
            for keyword in call.keywords:
                name = keyword.arg or ""
                if name in facts.table.new_names:
                    span = facts.module.span_of_name(keyword, name)
                    container.add(name, span, keyword, sets=True)


def _by_name(
    facts: Facts, container: Container, call: ast.Call, family: list[ast.ClassDef]
) -> None:
    match call.args:
        case [owner, ast.Constant(value=str(key)) as text, *_] if key in facts.table.new_names:
            if _is_member(facts, owner, family):
                sets = dotted(call.func) == "setattr"
                container.add(key, facts.module.span_of_text(text), text, sets=sets)
        case [owner, key, *_] if is_computed(facts, key) and _is_member(facts, owner, family):
            if dotted(call.func) == "setattr" or spells(facts, key):
                container.computed.append(key)


def _by_key(facts: Facts, container: Container, family: list[ast.ClassDef]) -> None:
    """``vars()["KEY"]`` in a body: what has a key can't be told from other variables."""
    scopes = [facts.module.scopes.inner[each] for each in family]
    calls = [call for name in ("vars", "locals") for call in facts.calls.get(name, ())]
    for call in calls:
        parent = facts.module.parent(call)
        if isinstance(parent, ast.Subscript) and facts.module.scope(call) in scopes:
            container.computed += filter(partial(is_computed, facts), [parent.slice])


def _is_member(facts: Facts, node: ast.expr, family: list[ast.ClassDef]) -> bool:
    """Whether an expression is one of the classes, or an instance of one."""
    match node:
        case ast.Name():
            if any(each in family for each in facts.definition(node, ast.ClassDef)):
                return True
            return _is_self(facts, node, family) or _holds_one(facts, node, family)
        case ast.Call(func=ast.Name(id="super")):
            return any(parent in family for parent in facts.module.parents(node))
        case ast.Call(func=ast.Name(id="type"), args=[ast.Name() as owner]):
            return _is_self(facts, owner, family)
        case ast.Call(func=ast.Name() as callee):
            return any(each in family for each in facts.definition(callee, ast.ClassDef))
    return False


def _is_self(facts: Facts, name: ast.Name, family: list[ast.ClassDef]) -> bool:
    """Whether a name is the first parameter of a method of the family."""
    home = facts.module.home(name)
    function = home.node
    if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) or not _in(home, family):
        return False
    if any(dotted(each) == "staticmethod" for each in function.decorator_list):
        return False
    parameters = [*function.args.posonlyargs, *function.args.args]
    return bool(parameters) and parameters[0].arg == name.id


def _in(scope: Scope, family: list[ast.ClassDef]) -> bool:
    return scope.parent is not None and scope.parent.node in family


def _holds_one(facts: Facts, name: ast.Name, family: list[ast.ClassDef]) -> bool:
    values = facts.values(name)
    return bool(values) and all(
        isinstance(value, ast.Call | ast.Name)
        and not (isinstance(value, ast.Name) and value.id == name.id)
        and _names_class(facts, value, family)
        for value in values
    )


def _names_class(facts: Facts, value: ast.Call | ast.Name, family: list[ast.ClassDef]) -> bool:
    callee = value.func if isinstance(value, ast.Call) else value
    return any(each in family for each in facts.definition(callee, ast.ClassDef))
