"""Settings on an app's ``conf``: ``app.conf.KEY``, ``app.conf["KEY"]``, ``app.conf.update(…)``.

Also those given to ``Celery(...)`` itself, as keywords and in ``changes=``: to Celery they are one
mapping (``_preconf``, https://github.com/celery/celery/blob/v5.4.0/celery/app/base.py).
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator

from fleetctl.settings.facts import ACCESS, Facts, dotted
from fleetctl.settings.keys import Keys
from fleetctl.settings.model import Container, Obstacle
from fleetctl.settings.retired import FATES
from fleetctl.settings.table import plainly_celerys

_LIBRARIES = ("celery", "kombu", "billiard", "vine")


def find(facts: Facts) -> Iterator[Container]:
    """The one container of all that the file writes to apps' ``conf``."""
    container = Container("conf", "the app's conf")
    keys = Keys(facts, container)
    confs = _confs(facts)
    for node in confs:
        _uses(facts, keys, node)
    for call in facts.apps:
        _created(keys, call)
    _keep_plain(facts, container)
    if keys.opaque and not facts.sources:
        _obstruct(keys)
    container.obstacles += _given_away(facts, confs)
    if container.sites or container.new or container.others.keys() & FATES.keys():
        yield container


def is_conf(facts: Facts, node: ast.expr) -> bool:
    """Whether an expression is an app's ``conf``, or a variable that holds one."""
    if isinstance(node, ast.Attribute):
        return node.attr == "conf" and not _is_anothers(facts, node)
    return isinstance(node, ast.Name) and _is_alias(facts, node)


def _confs(facts: Facts) -> list[ast.expr]:
    """Every place at which the file has an app's ``conf`` in hand."""
    attributes = [node for node in facts.module.all(ast.Attribute) if is_conf(facts, node)]
    names = [name for name in facts.module.all(ast.Name) if isinstance(name.ctx, ast.Load)]
    taken = _taken(facts, attributes)
    return [
        *attributes,
        *(name for name in names if _is_alias(facts, name) or _is(taken, facts, name)),
    ]


def _is_anothers(facts: Facts, node: ast.Attribute) -> bool:
    """Whether an attribute called ``conf`` is a module, or is set here to something else."""
    owner = dotted(node.value)
    if owner and dotted(node) in facts.imported:
        return True
    around = (each for each in facts.module.parents(node) if isinstance(each, ast.ClassDef))
    of_class = next(around, None) if owner in ("self", "cls") else None
    if of_class is not None and "conf" in facts.module.scopes.inner[of_class].bindings:
        return True
    return not all(map(_may_be_conf, facts.stored.get(dotted(node), ())))


def _may_be_conf(value: ast.expr) -> bool:
    return "conf" in dotted(value).rpartition(".")[2]


def _taken(facts: Facts, confs: Iterable[ast.expr]) -> set[tuple[ast.AST, str]]:
    """The parameters of this file's functions that get an app's ``conf``."""
    taken: set[tuple[ast.AST, str]] = set()
    for conf in confs:
        call = facts.module.parent(conf)
        if isinstance(call, ast.Call) and conf in call.args:
            for function in facts.definition(call.func, ast.FunctionDef):
                assert isinstance(function, ast.FunctionDef)
                parameters = [*function.args.posonlyargs, *function.args.args]
                taken.update(
                    (function, each.arg) for each in parameters[call.args.index(conf) :][:1]
                )
    return taken


def _is(taken: set[tuple[ast.AST, str]], facts: Facts, name: ast.Name) -> bool:
    home = facts.module.home(name).node
    return home is not None and (home, name.id) in taken


def _given_away(facts: Facts, confs: Iterable[ast.expr]) -> Iterator[Obstacle]:
    """Functions of other files that get an app's ``conf`` may set old names on it."""
    for conf in confs:
        call = facts.module.parent(conf)
        if not isinstance(call, ast.Call) or conf is call.func:
            continue
        for module, name in facts.origins(call.func):
            root = module.partition(".")[0]
            if name and root not in sys.stdlib_module_names and root not in _LIBRARIES:
                reason = f"{name} gets the app's conf and may set old names on it"
                yield Obstacle(reason, call, mixing=True)


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
            if first is conf and function in ACCESS:
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
