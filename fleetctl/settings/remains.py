"""Old names that are still used after their settings got new ones: nothing told what they mean.

Names of environment variables and what the file itself binds are somebody else's.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache

from fleetctl.settings.facts import ENVIRONMENT, called, dotted
from fleetctl.settings.model import Note, Place
from fleetctl.settings.syntax.module import Module, Unparsable


def find(
    text: str, names: frozenset[str], own: frozenset[str], notes: Iterable[Note]
) -> tuple[Place, ...]:
    """Where a file's text has one of `names` left; `own` are those it has renamed itself.

    Of its own ones only what is read from something else counts. What the notes speak of is known.
    """
    if not names or not _pattern(names, own).search(text):
        return ()
    words = _words(names)
    try:
        module = Module(text)
    except Unparsable:
        return ()
    told = {(place.line, place.name) for note in notes for place in note.places}
    bound = {name for scope in module.scopes.all for name in scope.bindings}
    places = {
        Place(*_place(module, node), name)
        for node, name in _uses(module, words, own)
        if name in names and name not in bound
    }
    return tuple(sorted(each for each in places if (each.line, each.name) not in told))


@lru_cache
def _words(names: frozenset[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(sorted(names))})\b")


@lru_cache
def _pattern(names: frozenset[str], own: frozenset[str]) -> re.Pattern[str]:
    """Finds what is worth a closer look: of a file's own names only attributes."""
    others = _words(names - own).pattern if names - own else "(?!)"
    return re.compile(rf"{others}|\.\s*{_words(own).pattern}" if own else others)


def _uses(
    module: Module, words: re.Pattern[str], own: Collection[str]
) -> Iterator[tuple[ast.AST, str]]:
    yield from ((node, node.id) for node in module.all(ast.Name))
    yield from ((node, node.attr) for node in module.all(ast.Attribute))
    for call in module.all(ast.Call):
        for keyword in call.keywords if not ENVIRONMENT.search(called(call)) else ():
            if keyword.arg is not None and keyword.arg not in own:
                yield keyword, keyword.arg
    for text in module.all(ast.Constant):
        if isinstance(text.value, str) and not re.search(r"\s", text.value):
            for word in words.findall(text.value):
                if word not in own and not _is_variables(module, text):
                    yield text, word


def _place(module: Module, node: ast.AST) -> tuple[int, int]:
    span = module.span_of_attribute(node) if isinstance(node, ast.Attribute) else None
    return module.lines.place(span[0]) if span else module.place(node)


def _is_variables(module: Module, text: ast.AST) -> bool:
    """Whether a string is the name of an environment variable by what it is given to."""
    for around in module.parents(text):
        if isinstance(around, ast.stmt):
            return False
        owner = around.func if isinstance(around, ast.Call) else getattr(around, "value", None)
        if isinstance(owner, ast.expr) and ENVIRONMENT.search(dotted(owner)):
            return True
    return False
