"""A parsed file: its tree, its scopes, and where in the text each name stands."""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Iterator
from functools import cached_property
from typing import TypeVar

from fleetctl.settings.syntax.fstrings import relocate
from fleetctl.settings.syntax.scopes import Binding, Scope, Scopes
from fleetctl.settings.syntax.source import Lines

_Node = TypeVar("_Node", bound=ast.AST)
_LITERAL = re.compile(r"[uUrR]?('''|\"\"\"|'|\")(\w+)\1")

TREE_KNOWS_FSTRINGS = sys.version_info >= (3, 12)


class Unparsable(Exception):
    """The text is no module of this Python: the line and column (from 1) and why."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


class Module:
    """A file's text with everything the rules ask of it. Raises Unparsable."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = Lines(text)
        self.tree = _parse(text)
        try:
            self.scopes = Scopes(self.tree)
        except RecursionError as error:
            raise Unparsable("an expression is nested too deeply", 1, 1) from error

    def all(self, kind: type[_Node]) -> list[_Node]:
        """Every node of one kind, in the order of evaluation."""
        return self.scopes.nodes.get(kind, [])  # type: ignore[return-value]

    def scope(self, node: ast.AST) -> Scope:
        """The scope a node is evaluated in."""
        return self.scopes.of[node]

    def parent(self, node: ast.AST) -> ast.AST:
        """The node around a node."""
        return self.scopes.parents[node]

    def parents(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around a node, innermost first; the module not included."""
        while node in self.scopes.parents:
            node = self.scopes.parents[node]
            yield node

    def home(self, name: ast.Name) -> Scope:
        """The scope whose variable a name is."""
        if isinstance(name.ctx, ast.Load):
            return self.lookup(name, name.id)
        return self.scope(name).home(name.id)

    def lookup(self, place: ast.Name, name: str) -> Scope:
        """The scope whose variable `name` would be at the place of another.

        The body of a class reads what is outside until it has bound a name itself.
        """
        scope = self.scope(place)
        found = scope.resolve(name)
        if found is not scope or scope.kind != "class" or scope.parent is None:
            return found
        bound = self._bound_before(place, scope.bindings[name])
        return found if bound else scope.parent.resolve(name)

    def _bound_before(self, place: ast.Name, bindings: list[Binding]) -> bool:
        here = (place.lineno, place.col_offset)
        return any(self._bound_at(binding) < here for binding in bindings)

    def _bound_at(self, binding: Binding) -> tuple[int, int]:
        """The end of the statement that binds: what it reads itself, it reads before."""
        node: ast.AST = binding.node
        if isinstance(node, ast.Name):
            around = self.parent(node)
            node = around if isinstance(around, ast.stmt) else node
        if isinstance(node, ast.AugAssign):
            return node.lineno, node.col_offset - 1
        return getattr(node, "end_lineno", 0), getattr(node, "end_col_offset", 0)

    def bindings(self, name: ast.Name) -> list[Binding]:
        """All that binds the variable a name is."""
        return self.home(name).bindings.get(name.id, [])

    def start(self, node: ast.AST) -> int | None:
        """Where a node begins in the text; None where that can't be told."""
        if not TREE_KNOWS_FSTRINGS and node in self._inside_fstrings:
            return self._inside_fstrings[node]
        if hasattr(node, "lineno") and hasattr(node, "col_offset"):
            return self.lines.offset(node.lineno, node.col_offset)
        return None

    def place(self, node: ast.AST) -> tuple[int, int]:
        """The line and column of a node, from 1."""
        start = self.start(node)
        if start is None:
            start = self.lines.offset(getattr(node, "lineno", 1), 0)
        return self.lines.place(start)

    def span_of_name(self, node: ast.AST, name: str) -> tuple[int, int] | None:
        """Where `name` stands that `node` begins with: a name, a keyword, an imported name."""
        return self._checked(self.start(node), name)

    def span_of_attribute(self, node: ast.Attribute) -> tuple[int, int] | None:
        """Where the name after the dot stands."""
        if not TREE_KNOWS_FSTRINGS and node in self._inside_fstrings:
            return self._attribute_inside(node)
        if node.end_lineno is None or node.end_col_offset is None:
            return None
        end = self.lines.offset(node.end_lineno, node.end_col_offset)
        return self._checked(end - len(node.attr), node.attr)

    def _attribute_inside(self, node: ast.Attribute) -> tuple[int, int] | None:
        start = self._inside_fstrings[node]
        base = ast.unparse(node.value)
        if start is None or self.text[start : start + len(base) + 1] != f"{base}.":
            return None
        return self._checked(start + len(base) + 1, node.attr)

    def span_after(self, node: ast.AST, word: str, name: str) -> tuple[int, int] | None:
        """Where `name` stands after `word` inside a node: ``as NAME``, ``global A, NAME``."""
        start = self.start(node)
        if start is None:
            return None
        pattern = re.compile(rf"\b{word}\b[^;\n]*?\b({re.escape(name)})\b")
        found = pattern.search(self.text, start)
        return found.span(1) if found else None

    def span_of_text(self, node: ast.AST) -> tuple[int, int] | None:
        """Where the characters of a plain string literal stand, its quotes left out."""
        start = self.start(node)
        found = None if start is None else _LITERAL.match(self.text, start)
        if not found or not isinstance(node, ast.Constant) or found[2] != node.value:
            return None
        return found.span(2)

    def _checked(self, start: int | None, name: str) -> tuple[int, int] | None:
        # An identifier may be spelled otherwise than the tree has it (NFKC).
        if start is None or self.text[start : start + len(name)] != name:
            return None
        return start, start + len(name)

    @cached_property
    def _inside_fstrings(self) -> dict[ast.AST, int | None]:
        located: dict[ast.AST, int | None] = {}
        for joined in self.all(ast.JoinedStr):
            if joined in located or isinstance(self.parent(joined), ast.FormattedValue):
                continue
            start = self.lines.offset(joined.lineno, joined.col_offset)
            end = self.lines.offset(joined.end_lineno or 1, joined.end_col_offset or 0)
            located.update(dict.fromkeys(_inside(joined)))
            located.update(relocate(joined, start, end, self.text))
        return located


def _inside(joined: ast.JoinedStr) -> Iterator[ast.AST]:
    return (node for node in ast.walk(joined) if node is not joined)


def _parse(text: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        message = error.msg or "invalid syntax"
        raise Unparsable(message, error.lineno or 1, error.offset or 1) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise Unparsable(str(error) or type(error).__name__, 1, 1) from error
