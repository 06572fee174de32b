"""Names from other files of the run: where they get new names there, they do here."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from fleetctl.settings import django_tests
from fleetctl.settings.facts import ACCESS, Facts, dotted
from fleetctl.settings.model import Site


def inherited(facts: Facts) -> Mapping[str, str]:
    """The renamed names that the file has from star imports and imports by name."""
    names: dict[str, str] = {}
    for node in facts.module.all(ast.ImportFrom):
        origin = facts.context.absolute(node.module, node.level)
        renamed = facts.context.renamed.get(origin, {})
        for alias in node.names:
            if alias.name == "*":
                names.update(renamed)
            elif alias.name in renamed and not alias.asname:
                names[alias.name] = renamed[alias.name]
    return names


def renamed(facts: Facts) -> Iterator[tuple[Site, str]]:
    """Places that refer to renamed names of other files, and the new names."""
    if facts.context.renamed:
        yield from _imports(facts)
    if facts.context.renamed or facts.context.django_settings:
        yield from _attributes(facts)
        yield from _namespaces(facts)
    if facts.context.django_settings:
        yield from django_tests.renamed(facts)


def _imports(facts: Facts) -> Iterator[tuple[Site, str]]:
    """``from settings import KEY``, and what is called KEY here because of it."""
    names: dict[str, str] = {}
    for node in facts.module.all(ast.ImportFrom):
        origin = facts.context.absolute(node.module, node.level)
        theirs = facts.context.renamed.get(origin, {})
        for alias in node.names:
            new = theirs.get(alias.name)
            span = facts.module.span_of_name(alias, alias.name)
            if new is None or span is None:
                continue
            if alias.asname or not _free(facts, alias, new):
                template = "{}" if alias.asname else f"{{}} as {alias.name}"
                yield Site(alias.name, *span, alias, template), new
            else:
                yield Site(alias.name, *span, alias), new
                names[alias.name] = new
    yield from _uses(facts, {**names, **_from_stars(facts)})


def _free(facts: Facts, alias: ast.alias, new: str) -> bool:
    """Whether the name can be exchanged everywhere in the file without meeting another."""
    if facts.module.scope(alias).kind != "module":
        return False
    if len(facts.module.scopes.module.bindings.get(alias.name, ())) > 1:
        return False
    used = {name.id for name in facts.module.all(ast.Name)}
    bound = any(new in scope.bindings for scope in facts.module.scopes.all)
    return new not in used and not bound


def _from_stars(facts: Facts) -> dict[str, str]:
    names: dict[str, str] = {}
    bound = facts.module.scopes.module.bindings
    for node in facts.stars:
        origin = facts.context.absolute(node.module, node.level)
        theirs = facts.context.renamed.get(origin, {})
        names.update({key: new for key, new in theirs.items() if key not in bound})
    return names


def _uses(facts: Facts, names: Mapping[str, str]) -> Iterator[tuple[Site, str]]:
    for name in facts.module.all(ast.Name):
        if name.id in names and facts.module.home(name).kind == "module":
            span = facts.module.span_of_name(name, name.id)
            if span is not None:
                yield Site(name.id, *span, name), names[name.id]


def _attributes(facts: Facts) -> Iterator[tuple[Site, str]]:
    """``settings.KEY`` and ``getattr(settings, "KEY")``."""
    for node in facts.module.all(ast.Attribute):
        new = _theirs(facts, node.value).get(node.attr)
        span = facts.module.span_of_attribute(node)
        if new is not None and span is not None:
            yield Site(node.attr, *span, node), new
    for function in (*ACCESS, "object"):
        for call in facts.calls.get(function, ()):
            match call.args:
                case [owner, ast.Constant(value=str(key)) as text, *_]:
                    new = _theirs(facts, owner).get(key)
                    span = facts.module.span_of_text(text)
                    if new is not None and span is not None:
                        yield Site(key, *span, text), new


def _theirs(facts: Facts, node: ast.expr) -> Mapping[str, str]:
    """The renamed names of the module, class or Django settings that an expression is."""
    if isinstance(node, ast.Attribute):
        return _by_path(facts, node)
    if isinstance(node, ast.Call):
        return _theirs(facts, node.func) if _may_be_class(node.func) else {}
    for module, name in facts.origins(node):
        if (module, name) == ("django.conf", "settings"):
            return facts.context.django_settings
        renamed = facts.context.renamed
        whole = f"{module}.{name}" if name else module
        for key in (f"{module}:{name}", whole):
            if key in renamed:
                return renamed[key]
    return {}


def _may_be_class(callee: ast.expr) -> bool:
    return not dotted(callee).rpartition(".")[2].islower()


def _namespaces(facts: Facts) -> Iterator[tuple[Site, str]]:
    """``settings.__dict__["KEY"]``, ``vars(settings)["KEY"]``, ``vars(settings).get("KEY")``."""
    for owner, whole in dicts(facts):
        match facts.module.parent(whole):
            case ast.Subscript(slice=ast.Constant(value=str(key)) as text):
                pass
            case ast.Attribute(attr="get" | "pop" | "setdefault") as method:
                call = facts.module.parent(method)
                match call:
                    case ast.Call(args=[ast.Constant(value=str(key)) as text, *_]):
                        pass
                    case _:
                        continue
            case _:
                continue
        new = _theirs(facts, owner).get(key)
        span = facts.module.span_of_text(text)
        if new is not None and span is not None:
            yield Site(key, *span, text), new


def dicts(facts: Facts) -> Iterator[tuple[ast.expr, ast.expr]]:
    """``settings`` and ``vars(settings)``, ``settings`` and ``settings.__dict__``."""
    for node in facts.module.all(ast.Attribute):
        if node.attr == "__dict__":
            yield node.value, node
    for call in facts.calls.get("vars", ()):
        if len(call.args) == 1:
            yield call.args[0], call


def _by_path(facts: Facts, node: ast.Attribute) -> Mapping[str, str]:
    """Of ``project.settings`` after ``import project.settings``, or of ``settings.Config``."""
    path = dotted(node)
    root = path.partition(".")[0]
    base, _, last = path.rpartition(".")
    for module in facts.imported:
        if module == path and root == module.partition(".")[0]:
            return facts.context.renamed.get(path, {})
    if isinstance(node.value, ast.Name):
        for module, name in facts.origins(node.value):
            whole = f"{module}.{name}" if name else module
            return facts.context.renamed.get(f"{whole}:{last}", {})
    return facts.context.renamed.get(f"{base}:{last}", {}) if base in facts.imported else {}
