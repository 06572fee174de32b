"""Which scope a name belongs to, as CPython's own symbol table has it."""

from __future__ import annotations

import ast
import symtable
import sysconfig
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from fleetctl.settings.syntax.module import Module

LIBRARY = Path(sysconfig.get_paths()["stdlib"])
SOURCES = ["enum.py", "typing.py", "dataclasses.py", "ast.py", "inspect.py", "argparse.py"]
SOURCES += ["functools.py", "contextlib.py", "test/test_scope.py", "test/test_named_expressions.py"]


def ours(module: Module) -> set[tuple[int, str]]:
    """The line and name of every use of a variable of the module, as we see it."""
    home = module.scopes.module
    return {(name.lineno, name.id) for name in module.all(ast.Name) if module.home(name) is home}


def theirs(text: str) -> Iterator[symtable.SymbolTable]:
    """Every table of a module, its own first."""
    tables = [symtable.symtable(text, "x.py", "exec")]
    while tables:
        table = tables.pop()
        yield table
        tables += table.get_children()


@pytest.mark.parametrize("source", SOURCES)
def test_functions_agree_with_cpython_on_what_is_global(source: str) -> None:
    path = LIBRARY / source
    if not path.exists():
        path = LIBRARY / "enum.py"
    text = path.read_text(encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tables = {
            (table.get_name(), table.get_lineno()): table
            for table in theirs(text)
            if table.get_type() == "function" and table.get_name().isidentifier()
        }
    module = Module(text)
    compared = 0
    functions: list[ast.FunctionDef | ast.AsyncFunctionDef] = [*module.all(ast.FunctionDef)]
    for node in [*functions, *module.all(ast.AsyncFunctionDef)]:
        scope = module.scopes.inner[node]
        table = tables.get((node.name, scope_line(node)))
        if table is None:
            continue
        for symbol in table.get_symbols():
            name = symbol.get_name()
            if name.startswith("__") or name == ".0" or not symbol.is_referenced():
                continue
            compared += 1
            is_global = scope.resolve(name).kind == "module"
            assert is_global == symbol.is_global(), (node.name, node.lineno, name)
    assert compared > 50


def scope_line(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Where the symbol table says that a function begins: at its first decorator."""
    return node.decorator_list[0].lineno if node.decorator_list else node.lineno


CASES = {
    "a comprehension's first iterable is evaluated outside": (
        "[x for x in x]",
        {(1, "x")},
    ),
    "a default is evaluated outside": ("def f(x=x): return x", {(1, "x")}),
    "a walrus in a comprehension": ("[(y := x) for x in z]\ny", {(1, "y"), (1, "z"), (2, "y")}),
    "a class body reads outside before it binds": (
        "x = 1\nclass C:\n    x = x\n    y = x\n",
        {(1, "x"), (3, "x")},
    ),
    "a method doesn't see the class": (
        "x = 1\nclass C:\n    x = 2\n    def f(self): return x\n",
        {(1, "x"), (4, "x")},
    ),
    "global": ("def f():\n    global x\n    x = 1\n    def g(): return x\n", {(3, "x"), (4, "x")}),
    "an inner function of one with a local": (
        "def f():\n    x = 1\n    def g(): return x\n",
        set(),
    ),
    "del makes a local": ("def f():\n    x\n    del x\n", set()),
    "an import makes a local": ("def f():\n    import x.y\n    return x\n", set()),
    "an except's name": (
        "def f():\n    try: a\n    except E as x: return x\n",
        {(2, "a"), (3, "E")},
    ),
    "a match binds": (
        "def f(v):\n    match v:\n        case {'k': a, **b} | [a, *b]: return a, b\n",
        set(),
    ),
}


@pytest.mark.parametrize(("text", "uses"), CASES.values(), ids=CASES)
def test_the_modules_variables_are_these(text: str, uses: set[tuple[int, str]]) -> None:
    assert ours(Module(text)) == uses
