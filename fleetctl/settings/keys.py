"""Keys of mappings: of dict displays, ``dict(...)`` calls, unions, and variables that hold them."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from fleetctl.settings.computed import is_computed, spells
from fleetctl.settings.facts import Facts, called
from fleetctl.settings.model import Container

_READS = ("get", "pop", "setdefault", "__getitem__", "__contains__")


@dataclass(slots=True)
class Keys:
    """Follows what is handed over as a mapping and gathers its keys into a container."""

    facts: Facts
    into: Container
    opaque: list[ast.expr] = field(default_factory=list)
    """What can't be seen into: it may hold any name."""
    found: list[ast.Dict | ast.Call] = field(default_factory=list)
    """The displays and ``dict`` calls that the keys are in."""
    _seen: set[object] = field(default_factory=set)

    def follow(self, node: ast.expr) -> None:
        """Gather the keys of the mapping that `node` evaluates to."""
        if node in self._seen:
            return
        self._seen.add(node)
        match node:
            case ast.Dict():
                self._display(node)
            case ast.Call():
                self._called(node)
            case ast.List(elts=pairs) | ast.Tuple(elts=pairs):
                for pair in pairs:
                    self._pair(pair)
            case ast.Name():
                self._variable(node)
            case _:
                self._parts(node)

    def _parts(self, node: ast.expr) -> None:
        """Follow an expression that comes to one or all of its parts."""
        parts: list[ast.expr] = []
        match node:
            case ast.BinOp(op=ast.BitOr(), left=left, right=right):
                parts = [left, right]
            case ast.BoolOp(values=values):
                parts = values
            case ast.IfExp(body=body, orelse=orelse):
                parts = [body, orelse]
            case ast.NamedExpr(value=value) | ast.Lambda(body=value):
                parts = [value]
            case _:
                self.opaque.append(node)
        for part in parts:
            self.follow(part)

    def _called(self, node: ast.Call) -> None:
        if called(node) == "dict" and isinstance(node.func, ast.Name):
            self.call(node)
        elif isinstance(node.func, ast.Attribute) and node.func.attr == "copy" and not node.args:
            self.follow(node.func.value)
        elif not self._function(node.func):
            self.opaque.append(node)

    def call(self, call: ast.Call) -> None:
        """Gather the keywords of a call, and the keys of the mappings given to it."""
        self.found.append(call)
        for argument in call.args:
            self.follow(argument.value if isinstance(argument, ast.Starred) else argument)
        for keyword in call.keywords:
            if keyword.arg is None:
                self.follow(keyword.value)
            else:
                self.keyword(keyword, keyword.arg)

    def keyword(self, keyword: ast.keyword, name: str) -> None:
        """Gather one keyword."""
        if name in self.facts.table.new_names:
            span = self.facts.module.span_of_name(keyword, name)
            self.into.add(name, span, keyword, sets=True)
        else:
            self.into.bind(name, keyword, self.facts.table)

    def string(self, node: ast.expr | None, *, sets: bool) -> None:
        """Gather a key that is a string literal."""
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            self._computed(node, sets=sets)
            return
        if node.value in self.facts.table.new_names:
            span = self.facts.module.span_of_text(node)
            self.into.add(node.value, span, node, sets=sets)
        elif sets:
            self.into.bind(node.value, node, self.facts.table)

    def _computed(self, node: ast.expr | None, *, sets: bool) -> None:
        """Note a key that isn't written: one that is only read must be an old one for certain."""
        if node is not None and is_computed(self.facts, node):
            reads = self.into.kind != "conf" and spells(self.facts, node)
            if sets or reads:
                self.into.computed.append(node)

    def _display(self, node: ast.Dict) -> None:
        self.found.append(node)
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                self.follow(value)
            else:
                self.string(key, sets=True)

    def _pair(self, pair: ast.expr) -> None:
        if isinstance(pair, ast.Tuple | ast.List) and len(pair.elts) == 2:
            self.string(pair.elts[0], sets=True)
        else:
            self.opaque.append(pair)

    def _function(self, node: ast.expr) -> bool:
        """Follow what a function of this file returns; whether `node` is one."""
        functions = list(self.facts.definition(node, ast.FunctionDef))
        for function in functions:
            inner = self.facts.module.scopes.inner[function]
            for each in self.facts.module.all(ast.Return):
                if self.facts.module.scope(each) is inner and each.value is not None:
                    self.follow(each.value)
        return bool(functions)

    def _variable(self, name: ast.Name) -> None:
        """Follow a variable: its values, and what is done to it by key in this file."""
        home = self.facts.module.home(name)
        if (home, name.id) in self._seen:
            return
        self._seen.add((home, name.id))
        if self._function(name):
            return
        bindings = self.facts.module.bindings(name)
        if not bindings or any(each.kind in ("import", "param", "other") for each in bindings):
            self.opaque.append(name)
        for value in self.facts.values(name):
            self.follow(value)
        for use in self.facts.module.all(ast.Name):
            if use.id == name.id and self.facts.module.home(use) is home:
                self.used(use)

    def used(self, use: ast.expr) -> None:
        """Gather the keys by which an expression that is the mapping is read or changed."""
        module = self.facts.module
        match module.parent(use):
            case ast.Subscript(value=value, slice=key, ctx=ctx) if value is use:
                self.string(key, sets=isinstance(ctx, ast.Store))
            case ast.AugAssign(target=target, value=value) if target is use:
                self.follow(value)
            case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()], comparators=[right]):
                if right is use:
                    self.string(left, sets=False)
            case ast.Attribute(value=value) as method if value is use:
                self._method(method)

    def _method(self, method: ast.Attribute) -> None:
        call = self.facts.module.parent(method)
        if not isinstance(call, ast.Call) or call.func is not method:
            return
        if method.attr == "update":
            self.call(call)
        elif method.attr in _READS and call.args:
            self.string(call.args[0], sets=method.attr == "setdefault")
