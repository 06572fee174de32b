"""Settings as variables of a module, ``celeryconfig.py``, and everything that refers to them."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from fleetctl.settings.facts import Facts
from fleetctl.settings.forms import namespace_strings
from fleetctl.settings.model import Container, Obstacle


def find(facts: Facts) -> Container:
    """The container of the module's own variables."""
    container = Container("module", "the module")
    _bindings(facts, container)
    _names(facts, container)
    _inherited(facts, container)
    _globals(facts, container)
    namespace_strings.find(facts, container)
    return container


def _bindings(facts: Facts, container: Container) -> None:
    for name, bindings in facts.module.scopes.module.bindings.items():
        if name not in facts.table.new_names:
            deleted = (each.node for each in bindings if each.kind == "del")
            container.bind(name, next(deleted, bindings[0].node), facts.table)
            continue
        for binding in bindings:
            if isinstance(binding.node, ast.alias):
                _imported(facts, container, name, binding.node)
            elif not isinstance(binding.node, ast.Name):
                container.add(name, None, binding.node, sets=True)


def _imported(facts: Facts, container: Container, name: str, alias: ast.alias) -> None:
    """``from base import KEY`` sets KEY here, too; where base keeps it, ``as`` renames it."""
    around = facts.module.parent(alias)
    if alias.asname:
        end = facts.module.lines.offset(alias.end_lineno or 1, alias.end_col_offset or 0)
        start = end - len(name)
        span = (start, end) if facts.module.text[start:end] == name else None
        container.add(name, span, alias, sets=True)
    elif isinstance(around, ast.ImportFrom):
        origin = facts.context.absolute(around.module, around.level)
        follows = name in facts.context.renamed.get(origin, {})
        template = "{}" if follows else f"{name} as {{}}"
        span = facts.module.span_of_name(alias, name)
        container.add(name, span, alias, sets=True, template=template)


def _names(facts: Facts, container: Container) -> None:
    home = facts.module.scopes.module
    for name in facts.module.all(ast.Name):
        if name.id in facts.table.new_names and facts.module.home(name) is home:
            span = facts.module.span_of_name(name, name.id)
            # An augmented assignment needs a value that somebody else has set.
            augments = isinstance(facts.module.parent(name), ast.AugAssign)
            sets = isinstance(name.ctx, ast.Store) and not augments
            container.add(name.id, span, name, sets=sets)


def _inherited(facts: Facts, container: Container) -> None:
    """Old names that a star import brings in and that stay must not meet new ones."""
    for node in facts.stars:
        if node.module == "datetime":
            container.bind("timezone", node, facts.table)
        origin = facts.context.absolute(node.module, node.level)
        kept = facts.context.kept.get(origin, frozenset())
        if kept:
            reason = f"{_written(node)} is imported here, whose {_listed(kept)} would stay"
            container.obstacles.append(Obstacle(reason, node, mixing=True))
        elif not facts.context.renamed.get(origin):
            _unbound(container, node)


def _unbound(container: Container, node: ast.ImportFrom) -> None:
    unset = {site.key for site in container.sites} - container.sets.keys()
    if unset and container.sets:
        reason = f"{_listed(unset)} seems to come from {_written(node)}, which isn't seen"
        container.obstacles.append(Obstacle(reason, node, mixing=True))


def _written(node: ast.ImportFrom) -> str:
    """The module's name as it stands there."""
    return "." * node.level + (node.module or "")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _globals(facts: Facts, container: Container) -> None:
    for statement in facts.module.all(ast.Global):
        for name in statement.names:
            if name in facts.table.new_names:
                span = facts.module.span_after(statement, "global", name)
                container.add(name, span, statement)
