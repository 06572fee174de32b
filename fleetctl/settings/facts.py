"""What a file says about itself: what it imports, what it hands to Celery, what to Flask."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cached_property

from fleetctl.settings.model import Context
from fleetctl.settings.syntax.module import Module
from fleetctl.settings.syntax.scopes import Binding

ACCESS = ("getattr", "hasattr", "setattr", "delattr")
"""What takes an attribute by its name as text."""
ENVIRONMENT = re.compile(r"environ|getenv|setenv|delenv|dotenv|\benv\b|\bEnv\b|\bconfig$|^get_\w+$")
"""Finds what reads or sets environment variables in the dotted name of what is called."""
_DEFAULTS = ("add_defaults", "setup_defaults")


class Facts:
    """A module and what is known of it."""

    def __init__(self, module: Module, context: Context) -> None:
        self.module = module
        self.context = context
        self.table = context.table

    @cached_property
    def imported(self) -> frozenset[str]:
        """The dotted names of all modules it imports from, relative ones as they are written."""
        names = {alias.name for node in self.module.all(ast.Import) for alias in node.names}
        froms = ("." * node.level + (node.module or "") for node in self.module.all(ast.ImportFrom))
        return frozenset(names.union(froms))

    @cached_property
    def imported_roots(self) -> frozenset[str]:
        """The top-level packages of `imported`."""
        return frozenset(name.partition(".")[0] for name in self.imported)

    @cached_property
    def stars(self) -> list[ast.ImportFrom]:
        """Its ``from … import *``."""
        froms = self.module.all(ast.ImportFrom)
        return [node for node in froms if any(alias.name == "*" for alias in node.names)]

    @cached_property
    def upper_names(self) -> frozenset[str]:
        """The uppercase names that the module itself sets."""
        bound = self.module.scopes.module.bindings.items()
        return frozenset(
            name
            for name, bindings in bound
            if name.isupper() and any(each.kind in ("assign", "other") for each in bindings)
        )

    @cached_property
    def names_of_module(self) -> frozenset[str]:
        """The new names of settings that the file uses as variables of the module, bound or not."""
        return frozenset(
            name.id
            for name in self.module.all(ast.Name)
            if name.id in self.table.old_names and self.module.home(name).kind == "module"
        )

    @cached_property
    def calls(self) -> dict[str, list[ast.Call]]:
        """Its calls by the last name of what is called."""
        calls: dict[str, list[ast.Call]] = {}
        for call in self.module.all(ast.Call):
            calls.setdefault(called(call), []).append(call)
        return calls

    @cached_property
    def stored(self) -> dict[str, list[ast.expr]]:
        """What attributes are assigned, by their dotted names: ``self.conf``."""
        stored: dict[str, list[ast.expr]] = {}
        for node in self.module.all(ast.Attribute):
            around = self.module.parent(node)
            value = around.value if isinstance(around, ast.Assign | ast.AnnAssign) else None
            if isinstance(node.ctx, ast.Store) and value is not None:
                stored.setdefault(dotted(node), []).append(value)
        return stored

    @cached_property
    def apps(self) -> list[ast.Call]:
        """The calls that make a Celery app."""
        return [call for call in self.calls.get("Celery", ()) if self._makes_app(call)]

    def _makes_app(self, call: ast.Call) -> bool:
        if isinstance(call.func, ast.Attribute):
            return True
        origins = self.origins(call.func)
        return not origins or any(module.startswith("celery") for module, _ in origins)

    @cached_property
    def sources(self) -> list[ast.expr]:
        """What it gives to Celery as its configuration."""
        given = [
            argument
            for call in self.calls.get("config_from_object", ())
            for argument in [*call.args[:1], *_keyword(call, "obj")]
        ]
        return given + [each for call in self.apps for each in _keyword(call, "config_source")]

    @cached_property
    def defaults(self) -> list[ast.expr]:
        """What it gives to ``app.add_defaults``."""
        calls = [call for name in _DEFAULTS for call in self.calls.get(name, ())]
        return [call.args[0] for call in calls if call.args]

    @cached_property
    def flask_objects(self) -> list[ast.expr]:
        """What it gives to ``app.config.from_object`` of a Flask app."""
        return self._given_to_flask("from_object")

    @cached_property
    def flask_files(self) -> list[ast.expr]:
        """What it gives to ``app.config.from_pyfile`` of a Flask app."""
        return self._given_to_flask("from_pyfile")

    def _given_to_flask(self, method: str) -> list[ast.expr]:
        return [
            call.args[0]
            for call in self.calls.get(method, ())
            if call.args and isinstance(call.func, ast.Attribute) and _is_config(call.func.value)
        ]

    @cached_property
    def configures_itself(self) -> bool:
        """Whether it gives itself to Celery as the configuration."""
        return self.context.is_config or any(self._is_itself(node) for node in self.sources)

    @cached_property
    def own_namespace(self) -> str | None:
        """The ``namespace=`` that goes with the configuration it gives."""
        calls = [*self.calls.get("config_from_object", ()), *self.apps]
        for call in calls:
            for value in _keyword(call, "namespace"):
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    return value.value or None
        return None

    def _is_itself(self, node: ast.expr) -> bool:
        match node:
            case ast.Name(id="__name__"):
                return True
            case ast.Call(func=ast.Name(id="globals" | "vars" | "locals"), args=[]):
                return self.module.scope(node).kind == "module"
            case ast.Subscript(value=ast.Attribute(attr="modules"), slice=ast.Name(id="__name__")):
                return True
            case ast.Constant(value=str(text)):
                return bool(text) and text in (self.context.name, self.context.stem)
        return False

    def origins(self, node: ast.expr) -> list[tuple[str, str]]:
        """The modules, and the names in them, that a name was imported from."""
        if not isinstance(node, ast.Name):
            return []
        found = (self.origin(binding) for binding in self.module.bindings(node))
        return [origin for origin in found if origin]

    def origin(self, binding: Binding) -> tuple[str, str] | None:
        """Where an import binding comes from: ``("django.conf", "settings")``."""
        alias = binding.node
        if binding.kind != "import" or not isinstance(alias, ast.alias):
            return None
        around = self.module.parent(alias)
        if isinstance(around, ast.ImportFrom):
            return self.context.absolute(around.module, around.level), alias.name
        return alias.name, ""

    def values(self, name: ast.Name) -> list[ast.expr]:
        """The values that a variable is seen to get."""
        return [each.value for each in self.module.bindings(name) if each.value is not None]

    def definition(self, node: ast.expr, kind: type[ast.AST]) -> Iterator[ast.AST]:
        """The classes or functions of this file that a name is bound to."""
        if isinstance(node, ast.Name):
            for binding in self.module.bindings(node):
                if isinstance(binding.node, kind):
                    yield binding.node


def called(call: ast.Call) -> str:
    """The last name of what is called: ``update`` of ``app.conf.update(...)``."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def dotted(node: ast.expr) -> str:
    """``app.config`` of the expression that reads so; empty for any other."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            base = dotted(value)
            return f"{base}.{attr}" if base else ""
    return ""


def _keyword(call: ast.Call, name: str) -> list[ast.expr]:
    return [keyword.value for keyword in call.keywords if keyword.arg == name]


def _is_config(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "config"
