"""Who a name belongs to: the scopes of a module, as the language reference binds names.

Compared with CPython's own symbol table over the standard library in the tests.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

ScopeKind = Literal["module", "class", "function", "comprehension"]
BindingKind = Literal["assign", "augment", "import", "def", "param", "del", "other"]

Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True, slots=True)
class Binding:
    """One place that binds a name: the node that does, and the value it gets where one is seen."""

    kind: BindingKind
    node: ast.AST
    value: ast.expr | None = None


@dataclass(eq=False, slots=True)
class Scope:
    """A module, class, function or comprehension, and the names that are bound in it."""

    kind: ScopeKind
    node: ast.AST
    parent: Scope | None = None
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    globals: set[str] = field(default_factory=set)
    nonlocals: set[str] = field(default_factory=set)

    @property
    def module(self) -> Scope:
        """The module's scope."""
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope

    def bind(self, name: str, binding: Binding) -> None:
        """Bind `name` here, or where a ``global`` or ``nonlocal`` statement sends it."""
        self.home(name).bindings.setdefault(name, []).append(binding)

    def home(self, name: str) -> Scope:
        """The scope in which an assignment to `name` here takes effect."""
        if name in self.globals:
            return self.module
        if name in self.nonlocals and self.parent is not None:
            return self.parent.resolve(name)
        return self

    def resolve(self, name: str) -> Scope:
        """The scope in which `name`, read here, is found; the module's for what nobody binds."""
        if name in self.globals:
            return self.module
        if name in self.bindings:
            return self
        scope = self.parent
        while scope is not None:
            if scope.kind != "class":
                if name in scope.globals:
                    return scope.module
                if name in scope.bindings or scope.parent is None:
                    return scope
            scope = scope.parent
        return self.module

    def enclosing(self) -> Iterator[Scope]:
        """This scope and those around it, innermost first."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent


class Scopes:
    """The scopes of a module, the scope of each of its nodes, and each node's parent."""

    def __init__(self, tree: ast.Module) -> None:
        self.module = Scope("module", tree)
        self.all = [self.module]
        self.of: dict[ast.AST, Scope] = {}
        self.inner: dict[ast.AST, Scope] = {}
        self.parents: dict[ast.AST, ast.AST] = {}
        self.nodes: dict[type[ast.AST], list[ast.AST]] = {}
        self._visit_all(tree.body, self.module, tree)

    def _visit_all(self, nodes: list[ast.stmt], scope: Scope, parent: ast.AST) -> None:
        for node in nodes:
            self._visit(node, scope, parent)

    def _visit(self, node: ast.AST, scope: Scope, parent: ast.AST) -> None:
        self.of[node] = scope
        self.parents[node] = parent
        kind = type(node)
        self.nodes.setdefault(kind, []).append(node)
        special = _SPECIAL.get(kind)
        if special is None:
            self._children(node, scope)
        else:
            special(self, node, scope)

    def _children(self, node: ast.AST, scope: Scope) -> None:
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                for each in value:
                    if isinstance(each, ast.AST):
                        self._visit(each, scope, node)
            elif isinstance(value, ast.AST):
                self._visit(value, scope, node)

    def _open(self, kind: ScopeKind, node: ast.AST, parent: Scope) -> Scope:
        scope = Scope(kind, node, parent)
        self.inner[node] = scope
        self.all.append(scope)
        return scope

    def _name(self, node: ast.Name, scope: Scope) -> None:
        if isinstance(node.ctx, ast.Load):
            return
        if isinstance(node.ctx, ast.Del):
            scope.bind(node.id, Binding("del", node))
        else:
            scope.bind(node.id, self._assignment(node))

    def _assignment(self, node: ast.Name) -> Binding:
        parent = self.parents[node]
        match parent:
            case ast.Assign(value=value) | ast.AnnAssign(value=value):
                return Binding("assign", node, value)
            case ast.AugAssign():
                return Binding("augment", node)
            case ast.NamedExpr(value=value):
                return Binding("assign", node, value)
            case _:
                return Binding("other", node)

    def _assigned(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign, scope: Scope) -> None:
        # What is on the right is evaluated before what is on the left is bound.
        if node.value is not None:
            self._visit(node.value, scope, node)
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            self._visit(target, scope, node)
        if isinstance(node, ast.AnnAssign):
            self._visit(node.annotation, scope, node)

    def _named(self, node: ast.NamedExpr, scope: Scope) -> None:
        self._visit(node.value, scope, node)
        around = next(each for each in scope.enclosing() if each.kind != "comprehension")
        self._visit(node.target, around, node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> None:
        scope.bind(node.name, Binding("def", node))
        for decorator in node.decorator_list:
            self._visit(decorator, scope, node)
        around = self._type_parameters(node, scope)
        if node.returns is not None:
            self._visit(node.returns, around, node)
        inner = self._parameters(node, around)
        self._visit_all(node.body, inner, node)

    def _lambda(self, node: ast.Lambda, scope: Scope) -> None:
        self._visit(node.body, self._parameters(node, scope), node)

    def _parameters(self, node: Function, scope: Scope) -> Scope:
        arguments = node.args
        for default in [*arguments.defaults, *arguments.kw_defaults]:
            if default is not None:
                self._visit(default, scope, node)
        inner = self._open("function", node, scope)
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        for argument in [*every, *filter(None, (arguments.vararg, arguments.kwarg))]:
            self.of[argument], self.parents[argument] = inner, node
            inner.bind(argument.arg, Binding("param", argument))
            if argument.annotation is not None:
                self._visit(argument.annotation, scope, node)
        return inner

    def _type_parameters(self, node: ast.AST, scope: Scope) -> Scope:
        parameters: list[ast.AST] = getattr(node, "type_params", [])
        if not parameters:
            return scope
        inner = Scope("function", node, scope)
        for parameter in parameters:
            inner.bind(getattr(parameter, "name", ""), Binding("other", parameter))
            self._children(parameter, inner)
        return inner

    def _class(self, node: ast.ClassDef, scope: Scope) -> None:
        scope.bind(node.name, Binding("def", node))
        for decorator in node.decorator_list:
            self._visit(decorator, scope, node)
        around = self._type_parameters(node, scope)
        for each in [*node.bases, *node.keywords]:
            self._visit(each, around, node)
        self._visit_all(node.body, self._open("class", node, around), node)

    def _comprehension(self, node: Comprehension, scope: Scope) -> None:
        first, *others = node.generators
        self._visit(first.iter, scope, node)
        inner = self._open("comprehension", node, scope)
        self._visit(first.target, inner, node)
        for condition in first.ifs:
            self._visit(condition, inner, node)
        for generator in others:
            self._children(generator, inner)
        for name in ("elt", "key", "value"):
            if hasattr(node, name):
                self._visit(getattr(node, name), inner, node)

    def _global(self, node: ast.Global, scope: Scope) -> None:
        scope.globals.update(node.names)

    def _nonlocal(self, node: ast.Nonlocal, scope: Scope) -> None:
        scope.nonlocals.update(node.names)

    def _import(self, node: ast.Import | ast.ImportFrom, scope: Scope) -> None:
        for alias in node.names:
            self._visit(alias, scope, node)
            if alias.name != "*":
                name = alias.asname or alias.name
                whole = isinstance(node, ast.ImportFrom) or alias.asname
                scope.bind(name if whole else name.partition(".")[0], Binding("import", alias))

    def _handler(self, node: ast.ExceptHandler, scope: Scope) -> None:
        if node.name:
            scope.bind(node.name, Binding("other", node))
        self._children(node, scope)

    def _pattern(self, node: ast.MatchAs | ast.MatchStar, scope: Scope) -> None:
        if node.name:
            scope.bind(node.name, Binding("other", node))
        self._children(node, scope)

    def _mapping_pattern(self, node: ast.MatchMapping, scope: Scope) -> None:
        if node.rest:
            scope.bind(node.rest, Binding("other", node))
        self._children(node, scope)


_SPECIAL: dict[type[ast.AST], Callable[[Scopes, Any, Scope], None]] = {
    ast.Name: Scopes._name,
    ast.Assign: Scopes._assigned,
    ast.AnnAssign: Scopes._assigned,
    ast.AugAssign: Scopes._assigned,
    ast.NamedExpr: Scopes._named,
    ast.FunctionDef: Scopes._function,
    ast.AsyncFunctionDef: Scopes._function,
    ast.Lambda: Scopes._lambda,
    ast.ClassDef: Scopes._class,
    ast.ListComp: Scopes._comprehension,
    ast.SetComp: Scopes._comprehension,
    ast.DictComp: Scopes._comprehension,
    ast.GeneratorExp: Scopes._comprehension,
    ast.Global: Scopes._global,
    ast.Nonlocal: Scopes._nonlocal,
    ast.Import: Scopes._import,
    ast.ImportFrom: Scopes._import,
    ast.ExceptHandler: Scopes._handler,
    ast.MatchAs: Scopes._pattern,
    ast.MatchStar: Scopes._pattern,
    ast.MatchMapping: Scopes._mapping_pattern,
}
