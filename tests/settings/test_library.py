"""Variables of the standard library's modules, renamed as settings are: nothing else changes."""

from __future__ import annotations

import ast
import sysconfig
from pathlib import Path

import pytest

from fleetctl.settings.model import Context
from fleetctl.settings.syntax.module import Module
from fleetctl.settings.syntax.source import decode, edited
from fleetctl.settings.table import Table
from fleetctl.settings.upgrade import apply

LIBRARY = Path(sysconfig.get_paths()["stdlib"])
SOURCES = ["argparse", "calendar", "inspect", "locale", "logging/__init__"]
SOURCES += ["mimetypes", "os", "re", "string", "subprocess", "tokenize", "typing", "uuid"]
SOURCES += ["turtle", "pickle", "stat", "token", "tarfile", "zipfile", "pydoc", "pdb", "ftplib"]


def variables(module: Module) -> list[str]:
    """What is nothing but assigned at the top of a module."""
    return [
        name
        for name, bindings in module.scopes.module.bindings.items()
        if not name.startswith("__") and all(isinstance(each.node, ast.Name) for each in bindings)
    ]


def uses(module: Module) -> list[tuple[str, bool]]:
    """Every name of the text in order, and whether it is a variable of the module."""
    return [(name.id, module.home(name).kind == "module") for name in module.all(ast.Name)]


@pytest.mark.parametrize("source", [name for name in SOURCES if (LIBRARY / f"{name}.py").exists()])
def test_each_variable_is_renamed_where_it_is_meant_and_nowhere_else(source: str) -> None:
    text = decode((LIBRARY / f"{source}.py").read_bytes()).text
    before = Module(text)
    names = {name: f"renamed_{name}" for name in variables(before)}
    outcome = apply(text, Context(name=source, is_config=True, table=Table(names)))
    done = {renaming.place.name for renaming in outcome.renamings}
    after = Module(edited(text, outcome.edits))
    assert uses(after) == [
        (names[name] if is_global and name in done else name, is_global)
        for name, is_global in uses(before)
    ]
    assert outcome.edits or outcome.notes
