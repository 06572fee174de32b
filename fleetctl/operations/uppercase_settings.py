"""Old names of settings in what a fleet's app is configured from, found without importing it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from fleetctl.fleet.model import Problem

_LIMIT = 1 << 20
_SPEAKS_OF_SETTINGS = re.compile(rb"CELERY|BROKER_|config_from_object")
_VARIABLE = "DJANGO_SETTINGS_MODULE"


def find(app: str, workdir: Path, environment: Mapping[str, str]) -> list[Problem]:
    """A warning for each name that `upgrade-settings` would change, where it first stands.

    The app's module and the modules that it names as its configuration are read, nothing is
    imported and nothing said of what isn't found. ``app`` is what ``celery -A`` gets. The message
    says it all: there may be dozens, so none has its line of text.
    """
    files = dict(_files(app, workdir, environment))
    return [] if not files else list(_problems(files))


def _files(app: str, workdir: Path, environment: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    module = app.partition(":")[0]
    for name in (module, f"{module}.celery"):
        found = _read(name, workdir)
        if found is not None:
            yield found
            yield from _configurations(*found, workdir, environment)


def _configurations(
    path: Path, text: str, workdir: Path, environment: Mapping[str, str]
) -> Iterator[tuple[Path, str]]:
    from fleetctl.settings import apps
    from fleetctl.settings.model import Context
    from fleetctl.settings.syntax.module import Unparsable

    context = Context(name=_dotted(path, workdir), package=path.stem == "__init__")
    try:
        sources = apps.find(text, context)
    except Unparsable:
        return
    for source in sources:
        django = environment.get(_VARIABLE) or source.settings
        name = django if source.is_django else source.module
        found = _read(name, workdir) if name else None
        if found is not None:
            yield found


def _dotted(path: Path, workdir: Path) -> str:
    inside = path.parent if path.stem == "__init__" else path.with_suffix("")
    return ".".join(inside.relative_to(workdir).parts)


def _read(module: str, workdir: Path) -> tuple[Path, str] | None:
    """The file of a module below `workdir` and its text, if there may be settings in it."""
    from fleetctl.settings.syntax.source import Unreadable, decode

    if not all(part.isidentifier() for part in module.split(".")):
        return None
    base = workdir.joinpath(*module.split("."))
    for path in (base.with_name(f"{base.name}.py"), base / "__init__.py"):
        try:
            if path.is_file() and path.stat().st_size <= _LIMIT:
                data = path.read_bytes()
                return (path, decode(data).text) if _SPEAKS_OF_SETTINGS.search(data) else None
        except (OSError, Unreadable):
            continue
    return None


def _problems(files: Mapping[Path, str]) -> Iterator[Problem]:
    from fleetctl.settings.index import File
    from fleetctl.settings.project import Wishes, upgrade

    upgraded = upgrade([File(path, text) for path, text in files.items()], Wishes())
    for path, outcome in upgraded.outcomes.items():
        first = {each.place.name: each for each in reversed(outcome.renamings)}
        what = "it" if len(first) == 1 else f"these {len(first)}"
        for each in sorted(first.values(), key=lambda one: (one.place.line, one.place.column)):
            yield Problem(
                severity="warning",
                message=f"{each.place.name} is called {each.new} now",
                file=path,
                line=each.place.line,
                column=each.place.column,
                hint=f"`fleetctl upgrade-settings {_from_here(path)}` renames {what}",
            )


def _from_here(path: Path) -> str:
    """The path as it may be typed in the caller's folder."""
    here = Path.cwd()
    return shlex.quote(str(path.relative_to(here) if path.is_relative_to(here) else path))
