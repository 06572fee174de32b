"""Which names of a container get which new ones, so that Celery sees what it sees today."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from fleetctl.settings.facts import Facts
from fleetctl.settings.model import Container, Note, Obstacle, Place, Site
from fleetctl.settings.rules.verdict import Upgrade
from fleetctl.settings.table import plainly_celerys

_CELERYS = ("celery", "kombu")
_BORROWED = "Celery's table claims the name, but it may be another library's"


@dataclass(slots=True)
class Decision:
    """New names by old ones, and what is said of those that stay."""

    names: dict[str, str] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)


def decide(
    facts: Facts, container: Container, upgrade: Upgrade, inherited: Mapping[str, str]
) -> Decision:
    """New names for a container that Celery reads.

    ``inherited`` are names the file has from others that get new ones in the same run.
    """
    decision = Decision()
    for key in dict.fromkeys([*container.sets, *(site.key for site in container.sites)]):
        if key in container.sets or container.kind == "conf":
            decision.names[key] = _target(facts, key, upgrade)
        elif key in inherited:
            decision.names[key] = inherited[key]
    for key in [key for key, new in decision.names.items() if key == new]:
        del decision.names[key]
    if upgrade.namespace:
        _leave_borrowed(facts, container, decision)
    else:
        _leave_all_for_doubtful_twins(facts, container, decision)
    _leave_twins(facts, container, decision)
    _leave_obstructed(facts, container, decision, whole=not upgrade.namespace)
    if decision.names and not upgrade.namespace:
        decision.notes += [*_taken_along(facts, container, decision), *_unseen(facts, container)]
    return decision


def _target(facts: Facts, key: str, upgrade: Upgrade) -> str:
    if upgrade.namespace:
        return facts.table.namespaced(key, upgrade.namespace)
    return facts.table.new_names[key]


def _leave_borrowed(facts: Facts, container: Container, decision: Decision) -> None:
    """With a namespace old names go on to work, so one that may be another's is left."""
    borrowed = [key for key in decision.names if not plainly_celerys(key)]
    if borrowed:
        advice = "if it is meant for Celery, rename it by hand"
        decision.notes.append(Note("left", _BORROWED, _places(facts, container, borrowed), advice))
    for key in borrowed:
        del decision.names[key]


def _taken_along(facts: Facts, container: Container, decision: Decision) -> Iterator[Note]:
    """Without a namespace even a name that may be another's must go with the others."""
    borrowed = [key for key in decision.names if not plainly_celerys(key)]
    if borrowed and container.kind in ("module", "class"):
        reason = "renamed like the others, which it must not be mixed with"
        advice = "see whether anything else reads it: the name isn't Celery's alone"
        yield Note("person", reason, _places(facts, container, borrowed), advice)


def _unseen(facts: Facts, container: Container) -> Iterator[Note]:
    """What a module takes from others that can't be looked at."""
    for node in facts.stars if container.kind == "module" else ():
        origin = facts.context.absolute(node.module, node.level)
        root = origin.partition(".")[0]
        if root in sys.stdlib_module_names or root in _CELERYS or facts.context.seen(origin):
            continue
        name = "." * node.level + (node.module or "")
        place = Place(*facts.module.place(node), name)
        advice = "upgrade it together with this file if it sets any: they must not be mixed"
        yield Note("person", "old names may come from it, which isn't seen", (place,), advice)


def _leave_twins(facts: Facts, container: Container, decision: Decision) -> None:
    """Where a setting has both names, Celery reads the new one; the old one is left, unread."""
    for key, new in list(decision.names.items()):
        if not _bound(facts, container, new) or key not in container.sets:
            continue
        if not _overwritten(facts, container, key, new):
            del decision.names[key]
            places = _places(facts, container, [key])
            decision.notes.append(Note("person", *_twin(facts, container, new, places)))


def _leave_all_for_doubtful_twins(facts: Facts, container: Container, decision: Decision) -> None:
    """An old name may stay beside new ones only if its own new name is there for certain."""
    for key, new in decision.names.items():
        if key in container.sets and _bound(facts, container, new):
            node = container.new.get(new)
            if node is None or _is_conditional(facts, node):
                reason = f"{new} is set, too, but perhaps not always"
                container.obstacles.append(Obstacle(reason, node or container.sets[key]))


def _is_conditional(facts: Facts, node: ast.AST) -> bool:
    """Whether a place may not be come by, or its name may be deleted again."""
    return any(isinstance(each, _CONDITIONS) for each in [node, *facts.module.parents(node)])


_CONDITIONS = (
    *(ast.If, ast.Try, ast.For, ast.While, ast.IfExp, ast.BoolOp, ast.Match),
    *(ast.FunctionDef, ast.Delete),
)


def _twin(
    facts: Facts, container: Container, new: str, places: tuple[Place, ...]
) -> tuple[str, tuple[Place, ...], str]:
    """Which of both Celery reads, where, and what to do."""
    node = container.new.get(new)
    if container.kind == "conf":
        reason = f"{new} is set, too: the later counts until the app is in use, from then on {new}"
    elif isinstance(node, ast.alias):
        line, _ = facts.module.place(node)
        reason = f"Celery takes the {new} that is imported in line {line} for the setting"
        return reason, places, f"import it by another name: {node.name} as …"
    elif _takes_from(facts, node or container.others.get(new), {place.name for place in places}):
        reason = f"{new}, which is the one that Celery reads, takes its value from it"
        return reason, places, f"give {new} the value itself, and delete this one if it is unused"
    else:
        reason = f"{new} is set, too, and it is the one that Celery reads"
    return reason, places, "keep one of them"


def _takes_from(facts: Facts, node: ast.AST | None, names: set[str]) -> bool:
    """Whether what is assigned there is the value of one of these names."""
    around = facts.module.parent(node) if node is not None else None
    value = around.value if isinstance(around, (ast.Assign, ast.AnnAssign)) else None
    return isinstance(value, ast.Name) and value.id in names


def _overwritten(facts: Facts, container: Container, key: str, new: str) -> bool:
    """Whether on an app's conf the new name is assigned after the old one, and so counts anyway."""
    node = container.new.get(new)
    if container.kind != "conf" or node is None or not _is_assigned(facts, node):
        return False
    start = facts.module.start(node)
    sites = [site for site in container.sites if site.key == key]
    return start is not None and all(
        site.start < start and _is_assigned(facts, site.node) for site in sites
    )


def _is_assigned(facts: Facts, node: ast.AST) -> bool:
    target = facts.module.parent(node) if isinstance(node, ast.Constant) else node
    stores = isinstance(getattr(target, "ctx", None), ast.Store)
    return stores and facts.module.scope(node).kind == "module"


def _bound(facts: Facts, container: Container, new: str) -> bool:
    if new in container.new or new in container.others:
        return True
    return container.kind == "module" and new in facts.names_of_module


def _leave_obstructed(
    facts: Facts, container: Container, decision: Decision, *, whole: bool
) -> None:
    """One name that can't be replaced keeps all the others: without a namespace none may mix."""
    obstacles = [*container.obstacles, *_captured(facts, container, decision.names)]
    for obstacle in obstacles:
        if obstacle.mixing and not whole:
            continue
        one = obstacle.key if not whole else None
        names = [key for key in decision.names if one in (None, key)]
        if names:
            line, _ = facts.module.place(obstacle.node)
            places = _places(facts, container, names)
            reason = f"{obstacle.reason} (line {line})"
            decision.notes.append(Note("person", reason, places, _BY_HAND))
        for key in names:
            del decision.names[key]


_BY_HAND = "rename them by hand, all together"


def _captured(facts: Facts, container: Container, names: Mapping[str, str]) -> Iterable[Obstacle]:
    """Places where the new name would mean a variable that is already there."""
    for site in container.sites if container.kind == "module" else ():
        new = names.get(site.key)
        if new and isinstance(site.node, ast.Name) and _means_another(facts, site, new):
            reason = f"{new} is another variable where {site.key} is used"
            yield Obstacle(reason, site.node, site.key)


def _means_another(facts: Facts, site: Site, new: str) -> bool:
    node = site.node
    assert isinstance(node, ast.Name)
    return facts.module.lookup(node, new).kind != "module"


def _places(facts: Facts, container: Container, keys: Iterable[str]) -> tuple[Place, ...]:
    nodes = {key: container.sets.get(key) for key in keys}
    for site in container.sites:
        if site.key in nodes and nodes[site.key] is None:
            nodes[site.key] = site.node
    return tuple(
        sorted(Place(*facts.module.place(node), key) for key, node in nodes.items() if node)
    )


def places(facts: Facts, container: Container) -> tuple[Place, ...]:
    """Where a container's settings are set."""
    return _places(facts, container, container.sets)
