"""Whether a class's attributes are settings of Celery: it is given to an app, or named so."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from fleetctl.settings.facts import Facts, dotted
from fleetctl.settings.forms.classes import base_names
from fleetctl.settings.model import Container
from fleetctl.settings.retired import FATES
from fleetctl.settings.rules import django, flask, namespaced, pydantic, signs
from fleetctl.settings.rules.verdict import Ignore, Leave, Upgrade, Verdict, picked
from fleetctl.settings.table import plainly_celerys

_NO_CONFIGURATION = ("Enum", "IntEnum", "StrEnum", "TypedDict", "NamedTuple", "TestCase", "Task")

_UNKNOWN = Leave(
    "nothing here shows that Celery reads this class",
    "give the whole project's folder, or rename them by hand",
)


def verdict(
    facts: Facts, container: Container, family: list[ast.ClassDef], *, alone: bool
) -> Verdict:
    """Of the attributes of a family of classes; `alone` where the module has no settings itself."""
    bases = base_names(family)
    celerys = container.new or any(map(plainly_celerys, container.sets))
    if bases.intersection(_NO_CONFIGURATION) or not celerys:
        return Ignore()
    if pydantic.is_one(bases) or pydantic.looks_like_one(facts, container, family):
        return pydantic.LEAVE
    if "configurations" in facts.imported_roots:
        return django.verdict_of_class(facts, container)
    if flask.is_given(facts, family):
        return flask.LEAVE
    claims = {facts.context.claims[each.name] for each in family if _is_claimed(facts, each)}
    if "picked" in claims:
        takers = facts.context.takers
        return picked(next(takers[each.name] for each in family if each.name in takers))
    for claim in _CLAIMED.keys() & claims:
        return _CLAIMED[claim]
    if "django" in claims:
        return django.verdict_of_class(facts, container)
    for namespace in given_with(facts, family):
        return Upgrade(namespace)
    return Upgrade() if "celery" in claims else _by_look(facts, container, family, alone=alone)


_CLAIMED: Mapping[str, Leave] = {
    "pydantic": pydantic.LEAVE,
    "flask": flask.LEAVE,
}


def _is_claimed(facts: Facts, each: ast.ClassDef) -> bool:
    return each.name in facts.context.claims and facts.module.scope(each).kind == "module"


def is_given(facts: Facts, family: list[ast.ClassDef]) -> bool:
    """Whether one of the classes is given to an app, or is put where apps look for it."""
    return any(True for _ in given_with(facts, family))


def given_with(facts: Facts, family: list[ast.ClassDef]) -> Iterator[str | None]:
    """The namespaces with which one of the classes, or an instance, is given to an app."""
    for name, namespace in facts.context.given.items():
        bound = facts.module.scopes.module.bindings.get(name, ())
        values = (each.value for each in bound if each.value is not None)
        classes = {each.node for each in bound}
        if not classes.isdisjoint(family) or any(_refers(facts, v, family) for v in values):
            yield namespace
    for node in facts.sources:
        if _refers(facts, node, family):
            yield facts.own_namespace
    for assigned in facts.module.all(ast.Assign):
        celerys = any("celery" in dotted(target).lower() for target in assigned.targets)
        if celerys and _refers(facts, assigned.value, family):
            yield None


def _refers(facts: Facts, node: ast.expr, family: list[ast.ClassDef]) -> bool:
    match node:
        case ast.Constant(value=str(text)):
            return text.replace(":", ".").rpartition(".")[2] in {each.name for each in family}
        case ast.Call(func=callee):
            return _refers(facts, callee, family)
        case ast.Name():
            if any(each in family for each in facts.definition(node, ast.ClassDef)):
                return True
            calls = (value for value in facts.values(node) if isinstance(value, ast.Call))
            return any(_refers(facts, call.func, family) for call in calls)
    return False


def _by_look(
    facts: Facts, container: Container, family: list[ast.ClassDef], *, alone: bool
) -> Verdict:
    celerys = any("celery" in each.name.lower() for each in family)
    flasks = flask.are_its(
        name for each in family for name in facts.module.scopes.inner[each].bindings
    )
    if flasks or (flask.is_configuration(facts) and not celerys):
        return flask.LEAVE
    if namespaced.is_so_named(facts, container):
        return namespaced.leave(container)
    names = [*container.sets, *container.others]
    if celerys or (
        alone
        and container.sets
        and _has_celerys_only(facts, container)
        and signs.are_there(facts, names)
    ):
        return Upgrade()
    return _UNKNOWN if alone else Ignore()


def _has_celerys_only(facts: Facts, container: Container) -> bool:
    strangers = {name for name in container.others if name.isupper()}
    return not strangers - FATES.keys() - facts.table.only_namespaced
