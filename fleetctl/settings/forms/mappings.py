"""Settings in a mapping given to ``config_from_object`` or ``add_defaults``, or named Celery's.

A dict named CELERY is how Flask apps hand settings over
(https://flask.palletsprojects.com/en/stable/patterns/celery/); CELERY_CONFIG is usual, too.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from fleetctl.settings.facts import Facts, dotted
from fleetctl.settings.keys import Keys
from fleetctl.settings.model import Container, Obstacle
from fleetctl.settings.retired import FATES
from fleetctl.settings.table import plainly_celerys

_NAMED = re.compile(
    r"celery|celery_?app_?(?:config|conf|settings)"
    r"|(?:\w*_)?celery_?(?:config|conf|settings|options|defaults)(?:uration)?(?:_dict)?",
    re.IGNORECASE,
)


def find(facts: Facts) -> Iterator[Container]:
    """A container for each mapping."""
    taken: set[ast.AST] = set()
    for node in [*facts.sources, *facts.defaults]:
        yield from _given(facts, node, taken)
    for name, node in _named(facts):
        yield from _only_celerys(facts, name, node, taken)


def _given(facts: Facts, node: ast.expr, taken: set[ast.AST]) -> Iterator[Container]:
    names = (node.id,) if isinstance(node, ast.Name) and _is_global(facts, node) else ()
    container = Container("mapping", f"the mapping {dotted(node)}".rstrip(), names=names)
    keys = Keys(facts, container)
    keys.follow(_attribute_of_class(facts, node) or node)
    if keys.found and not taken.issuperset(keys.found):
        taken.update(keys.found)
        for opaque in keys.opaque:
            shown = dotted(opaque) or "what it is made of"
            reason = f"{shown} may hold old names, which must not be mixed with new ones"
            container.obstacles.append(Obstacle(reason, opaque, mixing=True))
        yield container


def _attribute_of_class(facts: Facts, node: ast.expr) -> ast.expr | None:
    """The value of ``Config.CELERY``, where this file has the class."""
    if isinstance(node, ast.Attribute):
        for definition in facts.definition(node.value, ast.ClassDef):
            for binding in facts.module.scopes.inner[definition].bindings.get(node.attr, ()):
                if binding.value is not None:
                    return binding.value
    return None


def _named(facts: Facts) -> Iterator[tuple[str, ast.expr]]:
    for assigned in facts.module.all(ast.Assign):
        for target in assigned.targets:
            yield from _celerys(_name(target), assigned.value)
    for annotated in facts.module.all(ast.AnnAssign):
        if annotated.value is not None:
            yield from _celerys(_name(annotated.target), annotated.value)
    for call in facts.module.all(ast.Call):
        for keyword in call.keywords:
            yield from _celerys(keyword.arg or "", keyword.value)
    for display in facts.module.all(ast.Dict):
        for key, value in zip(display.keys, display.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield from _celerys(key.value, value)


def _name(target: ast.expr) -> str:
    match target:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
    return ""


def _celerys(name: str, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    mapping = isinstance(value, ast.Dict) or (
        isinstance(value, ast.Call) and dotted(value.func) == "dict"
    )
    if mapping and _NAMED.fullmatch(name):
        yield name, value


def _only_celerys(
    facts: Facts, name: str, node: ast.expr, taken: set[ast.AST]
) -> Iterator[Container]:
    """The mapping, if all of its keys are Celery's and one can be nobody else's."""
    if node in taken:
        return
    container = Container("mapping", f"the mapping {name}", names=_global_name(facts, node))
    keys = Keys(facts, container)
    keys.follow(node)
    if _goes_to_environment(facts, node):
        return
    strangers = container.others.keys() - FATES.keys()
    celerys = container.new or any(map(plainly_celerys, container.sets))
    if strangers or keys.opaque or not celerys:
        return
    taken.add(node)
    _follow_variable(facts, keys, node)
    yield container


def _goes_to_environment(facts: Facts, node: ast.expr) -> bool:
    """Whether the mapping is given to ``os.environ.update`` or the like: its keys are variables."""
    parent = facts.module.parent(node)
    targets = parent.targets if isinstance(parent, ast.Assign) else [node]
    names = {each.id for each in targets if isinstance(each, ast.Name)}
    uses = [use for use in facts.module.all(ast.Name) if use.id in names]
    return any(_is_for_environment(facts, use) for use in [node, *uses])


def _is_for_environment(facts: Facts, use: ast.expr) -> bool:
    match facts.module.parent(use):
        case ast.keyword(arg="env"):
            return True
        case ast.keyword() as keyword:
            parent = facts.module.parent(keyword)
            return isinstance(parent, ast.Call) and _speaks_of_environment(parent)
        case ast.Call() as call if call.func is not use:
            return _speaks_of_environment(call)
        case ast.Dict() as display:
            return any("environ" in dotted(value) for value in display.values)
        case ast.BinOp(left=left, right=right):
            return "environ" in dotted(left) + dotted(right)
    return False


def _speaks_of_environment(call: ast.Call) -> bool:
    texts = (each.value for each in call.args if isinstance(each, ast.Constant))
    names = map(dotted, [call.func, *call.args])
    return any("environ" in name for name in names) or "os.environ" in texts


def _global_name(facts: Facts, value: ast.expr) -> tuple[str, ...]:
    parent = facts.module.parent(value)
    targets = parent.targets if isinstance(parent, ast.Assign) else []
    names = (each for each in targets if isinstance(each, ast.Name) and _is_global(facts, each))
    return tuple(name.id for name in names)[:1]


def _is_global(facts: Facts, name: ast.Name) -> bool:
    return facts.module.home(name).kind == "module"


def _follow_variable(facts: Facts, keys: Keys, node: ast.expr) -> None:
    parent = facts.module.parent(node)
    targets = parent.targets if isinstance(parent, ast.Assign) else []
    for target in targets:
        if isinstance(target, ast.Name):
            keys.follow(ast.copy_location(target, target))
