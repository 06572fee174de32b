"""Settings on an app's ``conf``: ``app.conf.KEY``, ``app.conf["KEY"]``, ``app.conf.update(…)``.

Also those given to ``Celery(...)`` itself, as keywords and in ``changes=``: to Celery they are one
mapping (``_preconf``, https://github.com/celery/celery/blob/v5.4.0/celery/app/base.py).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from fleetctl.settings.facts import Facts, dotted
from fleetctl.settings.keys import Keys
from fleetctl.settings.model import Container, Obstacle
from fleetctl.settings.table import plainly_celerys

_ACCESS = ("getattr", "hasattr", "setattr", "delattr")


def find(facts: Facts) -> Iterator[Container]:
    """The one container of all that the file writes to apps' ``conf``."""
    container = Container("conf", "the app's conf")
    keys = Keys(facts, container)
    for node in facts.module.all(ast.Attribute):
        if node.attr == "conf":
            _uses(facts, keys, node)
    for name in facts.module.all(ast.Name):
        if isinstance(name.ctx, ast.Load) and _is_alias(facts, name):
            _uses(facts, keys, name)
    for call in facts.apps:
        _created(keys, call)
    _keep_plain(facts, container)
    if keys.opaque and not facts.sources:
        _obstruct(keys)
    if container.sites or container.new:
        yield container


def is_conf(facts: Facts, node: ast.expr) -> bool:
    """Whether an expression is an app's ``conf``, or a variable that holds one."""
    if isinstance(node, ast.Attribute):
        return node.attr == "conf"
    return isinstance(node, ast.Name) and _is_alias(facts, node)


def _is_alias(facts: Facts, name: ast.Name) -> bool:
    values = facts.values(name)
    return bool(values) and all(
        isinstance(value, ast.Attribute) and value.attr == "conf" for value in values
    )


def _uses(facts: Facts, keys: Keys, conf: ast.expr) -> None:
    keys.used(conf)
    match facts.module.parent(conf):
        case ast.Attribute(attr=key, ctx=ctx) as use if use.value is conf:
            _attribute(facts, keys, use, key, sets=isinstance(ctx, ast.Store))
        case ast.Call(func=ast.Name(id=function), args=[first, second, *_]):
            if first is conf and function in _ACCESS:
                keys.string(second, sets=function == "setattr")


def _attribute(facts: Facts, keys: Keys, node: ast.Attribute, key: str, *, sets: bool) -> None:
    if key in facts.table.new_names:
        keys.into.add(key, facts.module.span_of_attribute(node), node, sets=sets)
    elif sets:
        keys.into.bind(key, node, facts.table)


def _created(keys: Keys, call: ast.Call) -> None:
    for keyword in call.keywords:
        if keyword.arg in ("changes", None):
            keys.follow(keyword.value)
        elif keyword.arg is not None and keyword.arg in keys.facts.table.new_names:
            keys.keyword(keyword, keyword.arg)


def _keep_plain(facts: Facts, container: Container) -> None:
    """Without a key that can only be Celery's, and no app in sight, it may be anyone's conf."""
    if facts.apps or any(plainly_celerys(site.key) for site in container.sites):
        return
    container.sites.clear()


def _obstruct(keys: Keys) -> None:
    for node in keys.opaque:
        shown = dotted(node) or "what it is updated with"
        reason = f"{shown} may hold old names, which must not be mixed with new ones"
        keys.into.obstacles.append(Obstacle(reason, node, mixing=True))
