"""Who takes over the names of other files: Django by a star import, Flask by a subclass.

A celeryconfig.py that Django's settings import by a star is a part of them, whatever it is called;
a class that a Flask configuration inherits from is read by Flask. And where a file picks another's
names by their looks (``isupper``) or as text, renamed ones would be lost.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from fleetctl.settings import reading
from fleetctl.settings.facts import Facts
from fleetctl.settings.forms import classes as class_form
from fleetctl.settings.forms.namespace_strings import picks_by_looks
from fleetctl.settings.model import Claim, Context
from fleetctl.settings.rules import classes, django, flask, pydantic

_MAY_CLAIM = re.compile(
    r"\bimport\s+\*|^\s*class\s+\w+\s*\(|\b(?:dir|vars)\(|__dict__|\bfrom_(?:object|pyfile)\b",
    re.MULTILINE,
)
_NAMES_BY_TEXT = re.compile(r"\bfrom_(?:object|pyfile)\b")
_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]+\(?\s*(\w*)|import[ \t]+([\w.]+))",
    re.MULTILINE,
)
_PICKERS = ("dir", "vars", "getmembers")
_MAY_TAKE = re.compile(r"\b(?:[gs]etattr|hasattr|delattr|attrgetter|import_module|__import__)\(")
_OLD = re.compile(r"CELERY|BROKER")
_IMPORTS_BY_TEXT = re.compile(r"\b(?:import_module|__import__)\(")
_LOOKS = "picks its names by their looks, as uppercase ones"
_TEXT = "uses its names as text, which can't follow"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A module, the name of a class in it or ``""``, and who claims it.

    Of those that are picked, ``line`` is where, ``how`` what happens there.
    """

    module: str
    name: str
    claim: Claim
    line: int = 0
    how: str = ""


def may_claim(text: str) -> bool:
    """Whether a text has anything in it that a claim is made of."""
    takes = _MAY_TAKE.search(text) is not None and _OLD.search(text) is not None
    return takes or _MAY_CLAIM.search(text) is not None


def may_claim_by_text(text: str) -> bool:
    """Whether modules may be claimed that aren't imported: ``from_object("config.Prod")``."""
    found = _NAMES_BY_TEXT.search(text) or _IMPORTS_BY_TEXT.search(text)
    return found is not None


def imports(text: str, context: Context) -> Iterator[str]:
    """The modules that a text imports or imports from, without parsing it."""
    for dots, module, name, plain in _IMPORT.findall(text):
        if plain:
            yield plain
        else:
            origin = context.absolute(module, len(dots))
            yield from (origin, f"{origin}.{name}")


def find(facts: Facts) -> Iterator[Claimed]:
    """What a file claims of others."""
    nature = _of_module(facts)
    for star in facts.stars if nature else ():
        assert nature is not None
        yield Claimed(facts.context.absolute(star.module, star.level), "", nature)
    for family in class_form.families(facts):
        yield from _inherited(facts, family)
    for node in (*facts.flask_objects, *facts.flask_files):
        yield from (Claimed(*origin, "flask") for origin in _handed_over(facts, node))
    if picks_by_looks(facts):
        for node in _picked(facts):
            yield from _taken(facts, node, _LOOKS)
    yield from _by_text(facts)


def _taken(facts: Facts, node: ast.expr, how: str) -> Iterator[Claimed]:
    line, _ = facts.module.place(node)
    for origin in _modules_or_classes(facts, node):
        yield Claimed(*origin, "picked", line, how)


def _by_text(facts: Facts) -> Iterator[Claimed]:
    """Modules and classes of which names are used as text."""
    for node in reading.computed(facts):
        yield from _taken(facts, node, _TEXT)
    for module, use in reading.imported_by_text(facts):
        yield Claimed(module, "", "picked", facts.module.place(use)[0], _TEXT)
    for getter in reading.getters(facts):
        owners = reading.given_to(facts, getter)
        for owner in owners:
            yield from _taken(facts, owner, _TEXT)
        for origin in () if owners else reading.imports(facts):
            yield Claimed(*origin, "picked", facts.module.place(getter)[0], _TEXT)


def _of_module(facts: Facts) -> Claim | None:
    """What a module's own names are settings of."""
    if django.is_settings(facts) and not facts.apps:
        return "django"
    if facts.context.claims.get("") == "picked":
        return "picked"
    if facts.configures_itself:
        return "celery"
    if facts.context.claims.get("") in ("celery", "flask"):
        return facts.context.claims[""]
    if "celery" in facts.context.stem:
        return None if facts.apps else "celery"
    return "flask" if flask.are_its(facts.upper_names) else None


def _inherited(facts: Facts, family: list[ast.ClassDef]) -> Iterator[Claimed]:
    nature = _of_family(facts, family)
    for each in family if nature else ():
        for base in each.bases:
            for module, name in _modules_or_classes(facts, base):
                if name and nature is not None:
                    yield Claimed(module, name, nature)


def _of_family(facts: Facts, family: list[ast.ClassDef]) -> Claim | None:
    """What the attributes of classes are settings of, other than Celery's."""
    for each in family:
        if each.name in facts.context.claims:
            return facts.context.claims[each.name]
    names = (name for each in family for name in facts.module.scopes.inner[each].bindings)
    if pydantic.is_one(class_form.base_names(family)):
        return "pydantic"
    if "configurations" in facts.imported_roots:
        return "django"
    if flask.is_given(facts, family) or flask.are_its(names):
        return "flask"
    return "celery" if classes.is_given(facts, family) else None


def _handed_over(facts: Facts, node: ast.expr) -> Iterator[tuple[str, str]]:
    """The modules and classes that Flask may be given by an expression, by name or by text.

    Where it tells nothing (a parameter, a variable), every text of the file may be meant.
    """
    texts = list(_texts(node))
    origins = [
        origin
        for each in ast.walk(node)
        if isinstance(each, ast.Name | ast.Attribute)
        for origin in _modules_or_classes(facts, each)
    ]
    if not texts and not origins:
        texts = list(_texts(facts.module.tree))
    yield from origins
    for text in texts:
        module = text.removesuffix(".py").replace("/", ".")
        if all(map(str.isidentifier, module.split("."))):
            owner, _, name = module.rpartition(".")
            yield from ((module, ""), (owner, name), (owner, ""))


def _texts(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.value


def _picked(facts: Facts) -> Iterator[ast.expr]:
    """Whose names are asked for all together."""
    for function in _PICKERS:
        yield from (call.args[0] for call in facts.calls.get(function, ()) if call.args)
    for node in facts.module.all(ast.Attribute):
        if node.attr == "__dict__":
            yield node.value


def _modules_or_classes(facts: Facts, node: ast.expr) -> Iterator[tuple[str, str]]:
    """The modules and names that an expression may mean: ``(settings, Config)``."""
    match node:
        case ast.Attribute(value=ast.Name() as owner, attr=attr):
            for module, name in facts.origins(owner):
                yield (f"{module}.{name}" if name else module), attr
        case ast.Name():
            for module, name in facts.origins(node):
                yield module, name
                yield (f"{module}.{name}" if name else module), ""
