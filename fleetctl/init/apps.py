"""Finds Celery apps in a folder by reading its Python files, never by running them."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_SKIPPED = frozenset({
    "node_modules", "site-packages", "__pycache__", "build", "dist", "docs", "migrations",
})  # fmt: skip
_TESTS = frozenset({"tests", "test", "testing", "conftest.py"})
#: Folders that hold the code without being part of its modules' names.
_ROOTS = frozenset({"src", "lib", "python"})
_FILES = ("celery.py", "celery_app.py", "celeryapp.py", "__init__.py", "app.py", "tasks.py")
_NAMES = ("app", "celery", "celery_app")
_DEEPEST, _MOST_FILES, _LARGEST = 4, 5000, 1 << 20
_SETTINGS = re.compile(r"""DJANGO_SETTINGS_MODULE["']\s*,\s*["']([\w.]+)["']""")
_QUEUE = re.compile(r"""["']?queue["']?\s*[=:]\s*["']([\w.-]+)["']""")


@dataclass(frozen=True, slots=True)
class App:
    """A Celery app: as ``celery -A`` gets it in the folder `root`, and where it is made."""

    name: str
    root: Path
    file: Path
    line: int
    sets_django_up: bool
    certain: bool


@dataclass(frozen=True, slots=True)
class Findings:
    """What the code in a folder tells: its apps, the likeliest first, and more.

    `django` is the settings module that manage.py names; `queues` are those that tasks are sent
    to by name.
    """

    apps: tuple[App, ...]
    django: str | None
    queues: tuple[str, ...]


def look(folder: Path) -> Findings:
    """Everything that the Python files in `folder` tell. Files that can't be read are passed by."""
    found: list[App] = []
    queues: dict[str, None] = {}
    django = None
    for path in _python_files(folder):
        text = _text(path)
        if path == folder / "manage.py" and (settings := _SETTINGS.search(text)):
            django = settings[1]
        if "celery" in text.lower() or "queue" in text:
            found += _apps(path, text, folder)
            queues.update(dict.fromkeys(_QUEUE.findall(text)))
    return Findings(tuple(sorted(found, key=_rank)), django, tuple(sorted(queues)))


def _python_files(folder: Path) -> Iterator[Path]:
    count = 0
    for where, folders, files in os.walk(folder):
        depth = len(Path(where).relative_to(folder).parts)
        folders[:] = sorted(name for name in folders if _worth(Path(where) / name, depth))
        for name in sorted(files):
            if name.endswith(".py") and name not in _TESTS and not name.startswith("test_"):
                count += 1
                if count > _MOST_FILES:
                    return
                yield Path(where) / name


def _worth(folder: Path, depth: int) -> bool:
    name = folder.name
    return (
        depth < _DEEPEST
        and not name.startswith(".")
        and name not in _SKIPPED | _TESTS
        and not os.path.lexists(folder / "pyvenv.cfg")
    )


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST:
            return ""
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _apps(path: Path, text: str, folder: Path) -> Iterator[App]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    classes = _celery_classes(tree)
    for statement in _statements(tree.body):
        value = statement.value
        if not isinstance(value, ast.Call):
            continue
        called = ast.unparse(value.func)
        certain = called in classes
        if not certain and not re.search(r"(make|create|init|get)_celery", called):
            continue
        for target in _targets(statement):
            module, root = _module(path, folder)
            yield App(
                name=f"{module}:{target}",
                root=root,
                file=path,
                line=statement.lineno,
                sets_django_up="DJANGO_SETTINGS_MODULE" in text,
                certain=certain,
            )


def _celery_classes(tree: ast.Module) -> frozenset[str]:
    """What the class Celery is called in this module."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in ("celery", "celery.app"):
            names |= {each.asname or each.name for each in node.names if each.name == "Celery"}
        elif isinstance(node, ast.Import):
            names |= {
                f"{each.asname or each.name}.Celery" for each in node.names if each.name == "celery"
            }
        elif isinstance(node, ast.ClassDef) and any(ast.unparse(b) in names for b in node.bases):
            names.add(node.name)
    return frozenset(names)


def _statements(body: list[ast.stmt]) -> Iterator[ast.Assign | ast.AnnAssign]:
    """The assignments that run when the module is imported."""
    for statement in body:
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            yield statement
        elif isinstance(statement, ast.If | ast.With):
            yield from _statements(statement.body)
            yield from _statements(getattr(statement, "orelse", []))
        elif isinstance(statement, ast.Try):
            yield from _statements([*statement.body, *statement.orelse, *statement.finalbody])


def _targets(statement: ast.Assign | ast.AnnAssign) -> list[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _module(path: Path, folder: Path) -> tuple[str, Path]:
    """The module that a file is, and the folder from which it is imported."""
    root = path.parent
    while root != folder and (root / "__init__.py").exists():
        root = root.parent
    # A folder without __init__.py is a package, too, unless it is known for being none.
    while root != folder and root.name not in _ROOTS:
        root = root.parent
    parts = path.relative_to(root).with_suffix("").parts
    names = parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts
    return ".".join(names), root


def _rank(app: App) -> tuple[object, ...]:
    attribute = app.name.rpartition(":")[2]
    return (
        not app.certain,
        len(app.file.parts),
        _FILES.index(app.file.name) if app.file.name in _FILES else len(_FILES),
        _NAMES.index(attribute) if attribute in _NAMES else len(_NAMES),
        app.name,
    )


def interpreter(folder: Path) -> Path | None:
    """The virtualenv's interpreter in `folder`, where there is one."""
    for name in (".venv", "venv", "env", ".env"):
        python = folder / name / "bin" / "python"
        if os.access(python, os.X_OK) and (folder / name / "pyvenv.cfg").exists():
            return python
    return None
