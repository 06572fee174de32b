"""Whether a module's own variables are settings of Celery, and by which names it is read.

``app.config_from_object`` takes a module's variables by ``dir()``; that a module is meant shows in
the project or, where there is none, in what else the module does.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from fleetctl.settings.facts import Facts
from fleetctl.settings.model import Container
from fleetctl.settings.retired import FATES
from fleetctl.settings.rules import django, flask, namespaced, signs
from fleetctl.settings.rules.verdict import Ignore, Leave, Upgrade, Verdict, picked
from fleetctl.settings.syntax.scopes import Binding
from fleetctl.settings.table import plainly_celerys

_CONNECTIONS = frozenset(("BROKER_URL", "CELERY_RESULT_BACKEND", "BROKER_HOST", "BROKER_PORT"))

_UNKNOWN = Leave(
    "the program may use them itself: nothing here shows that Celery reads this module",
    "give the whole project's folder, or rename them by hand",
)


def verdict(facts: Facts, container: Container, *, holds_config: bool) -> Verdict:
    """Of a module's variables; `holds_config` where the file sets an app up in another form."""
    context = facts.context
    claim = context.claims.get("")
    if claim == "picked" and container.sets:
        return picked(context.takers[""])
    if context.told and not facts.apps:
        return Upgrade(context.namespace)
    if facts.configures_itself:
        return Upgrade(context.config_namespace or facts.own_namespace)
    if not any(map(plainly_celerys, _own(facts, container))):
        return Ignore()
    if django.is_settings(facts) and not facts.apps:
        return django.verdict(facts, container)
    if claim == "flask":
        return flask.LEAVE
    if facts.apps or holds_config:
        return Ignore()
    if claim == "celery":
        return Upgrade()
    return _alone(facts, container)


def _own(facts: Facts, container: Container) -> Iterator[str]:
    """The names that the module sets itself: one that only imports them uses them."""
    bound = facts.module.scopes.module.bindings
    for key in [*container.sets, *(FATES.keys() & container.others.keys())]:
        if key not in bound or any(map(_is_own, bound[key])):
            yield key


def _is_own(binding: Binding) -> bool:
    return not isinstance(binding.node, ast.alias) or binding.node.asname is not None


def _alone(facts: Facts, container: Container) -> Verdict:
    """Of a module without a project around it that says more."""
    celerys = "celery" in facts.context.stem
    if flask.is_configuration(facts) and not celerys:
        return flask.LEAVE
    if namespaced.is_so_named(facts, container):
        return namespaced.leave(container)
    if not signs.are_there(facts, [*container.sets, *container.others]):
        return _UNKNOWN
    if facts.context.django_app and not celerys:
        return django.leave_doubtful(facts.context.django_app)
    if not celerys and _CONNECTIONS.issuperset(container.sets) and _others(facts, container):
        return _UNKNOWN
    return Upgrade()


def _others(facts: Facts, container: Container) -> bool:
    """Whether more uppercase names than Celery's are set here for something else than these."""
    used = {name.id for name in facts.module.all(ast.Name) if isinstance(name.ctx, ast.Load)}
    others = facts.upper_names - facts.table.new_names.keys() - used
    return len(others) > len(container.sets)
