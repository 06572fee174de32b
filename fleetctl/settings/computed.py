"""Names that are made while the program runs: ``app.conf["CELERYD_" + name] = 4``.

What they come to isn't seen. Where the file spells an old name or the beginning of one apart from
where it stands for a setting, they may be old ones, which must not meet new ones.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator

from fleetctl.settings.facts import ACCESS, ENVIRONMENT, Facts, called, dotted
from fleetctl.settings.model import Container, Obstacle

_BEGINNING = re.compile(r"([A-Z]\w*_|CELERYD|CELERYBEAT)(?:\W.*)?", re.DOTALL)
_STEMS = ("CELERY", "BROKER")
_LOWERCASE = ("lower", "casefold")


def is_computed(facts: Facts, key: ast.expr) -> bool:
    """Whether a key may come to an old name that isn't written there."""
    if isinstance(key, ast.Name):
        values = facts.values(key)
        return not values or not all(map(_is_lowered, values))
    return not isinstance(key, ast.Constant | ast.Slice) and not _is_lowered(key)


def _is_lowered(key: ast.expr) -> bool:
    return isinstance(key, ast.Call) and called(key) in _LOWERCASE


def spelled(facts: Facts, known: Collection[ast.AST] = ()) -> bool:
    """Whether the file has an old name, or the beginning of one, in a text that isn't `known`."""
    texts = _texts(facts, facts.module.all(ast.Constant))
    return any(node not in known and not _is_key(facts, node) for node in texts)


def _is_key(facts: Facts, node: ast.Constant) -> bool:
    """Whether something is taken by it at once: ``conf["KEY"]``, ``getattr(conf, "KEY")``."""
    match facts.module.parent(node):
        case ast.Subscript(slice=key):
            return key is node
        case ast.Call(args=[_, key, *_]) as call:
            return key is node and called(call) in ACCESS
    return False


def spells(facts: Facts, key: ast.expr) -> bool:
    """Whether the expression of a key has an old name in it, or the beginning of one."""
    inside = (node for node in ast.walk(key) if isinstance(node, ast.Constant))
    return not isinstance(key, ast.Constant) and any(_texts(facts, inside))


def _texts(facts: Facts, constants: Iterable[ast.Constant]) -> Iterator[ast.Constant]:
    for node in constants:
        if _may_make_old(facts, node) and not _is_of_environment(facts, node):
            yield node


def _may_make_old(facts: Facts, node: ast.Constant) -> bool:
    text = node.value
    if not isinstance(text, str) or text in _STEMS:
        return text in _STEMS and _is_put_together(facts, node)
    begins = _BEGINNING.fullmatch(text)
    return text in facts.table.new_names or (
        begins is not None
        and begins[1].startswith(_STEMS)
        and any(name.startswith(begins[1]) for name in facts.table.new_names)
    )


def _is_put_together(facts: Facts, node: ast.Constant) -> bool:
    """Whether a text is made longer, or another is asked to begin so; CELERY alone says little."""
    match facts.module.parent(node):
        case ast.JoinedStr() | ast.BinOp():
            return True
        case ast.Call() as call:
            return called(call) == "startswith"
    return False


def _is_of_environment(facts: Facts, node: ast.AST) -> bool:
    match facts.module.parent(node):
        case ast.Call(func=owner) | ast.Subscript(value=owner) | ast.keyword(value=owner):
            return ENVIRONMENT.search(dotted(owner)) is not None
    return False


def obstruct(facts: Facts, containers: Iterable[Container]) -> None:
    """Keep the names of those that get computed ones, which may be old."""
    computed = [container for container in containers if container.computed]
    known = {site.node for container in containers for site in container.sites} if computed else ()
    if computed and spelled(facts, known):
        for container in computed:
            reason = "names are computed, which may be old ones"
            container.obstacles.append(Obstacle(reason, container.computed[0]))
