"""Many files as one: whose settings are whose, and who has to follow when a name changes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from fleetctl.settings import apps, claims, remains
from fleetctl.settings.facts import Facts
from fleetctl.settings.index import File, Index, Seen, dotted
from fleetctl.settings.model import Claim, Context, Outcome, Place
from fleetctl.settings.syntax.module import Module, Unparsable
from fleetctl.settings.syntax.source import Edit, edited
from fleetctl.settings.table import Table, load
from fleetctl.settings.upgrade import apply


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the caller asked for."""

    namespace: str | None = None
    comments: bool = False


@dataclass(slots=True)
class Upgraded:
    """The outcome of each file, those that Python can't parse, and what must be done together.

    ``calls`` are edits that give an app's ``config_from_object`` its namespace, ``apps`` the files
    whose apps read Django's settings.
    """

    outcomes: dict[Path, Outcome] = field(default_factory=dict)
    unparsable: dict[Path, Unparsable] = field(default_factory=dict)
    calls: dict[Path, list[Edit]] = field(default_factory=dict)
    apps: list[Path] = field(default_factory=list)
    roots: list[Path] = field(default_factory=list)
    """Folders that the dotted names of configurations start from."""
    remains: dict[Path, tuple[Place, ...]] = field(default_factory=dict)
    """Where names that got new ones are still found, though nothing tells what they mean."""


def upgrade(files: Iterable[File], wishes: Wishes, table: Table | None = None) -> Upgraded:
    """What to change in the given files, and what would have to follow in those around."""
    return _Project(list(files), wishes, table or load()).upgraded()


class _Project:
    def __init__(self, files: list[File], wishes: Wishes, table: Table) -> None:
        self.files = {file.path: file for file in files}
        self.wishes = wishes
        self.table = table
        self.index = Index(files)
        self.result = Upgraded()
        self.sources: list[tuple[Path, apps.Source]] = []
        self.configs: dict[Path, str | None] = {}
        self.given: dict[Path, dict[str, str | None]] = {}
        self.claims: dict[Path, dict[str, Claim]] = {}
        self.claimants: dict[Path, Path] = {}
        self.takers: dict[Path, dict[str, str]] = {}
        self.exports: dict[Path, Mapping[str, Mapping[str, str]]] = {}
        self.kept: dict[Path, Mapping[str, frozenset[str]]] = {}
        self.django_settings: dict[str, str] = {}

    def upgraded(self) -> Upgraded:
        self._find_sources()
        self._find_claims()
        pending = dict(self.files)
        for _ in range(_ROUNDS):
            before, kept = self.exports, self.kept
            for file in pending.values():
                self._apply(file)
            self.exports, self.kept = self._exports(), self._kept()
            self.django_settings = self._django_settings()
            changed = {path for path in self.exports if self.exports[path] != before.get(path)}
            changed |= {path for path in self.kept if self.kept[path] != kept.get(path)}
            pending = self._readers(changed)
            if not pending:
                break
        self._complete_calls()
        self._find_remains()
        self.result.roots = self._roots()
        self.result.apps = [path for path, source in self.sources if source.is_django]
        return self.result

    def _find_sources(self) -> None:
        for path, file in self.files.items():
            try:
                found = apps.find(file.text, self._context(file))
            except Unparsable:
                continue
            self.sources += [(path, source) for source in found]
        for path, source in self.sources:
            config = self.index.find(source.module, path)
            if config is not None and config != path:
                self.configs[config] = source.namespace
            elif config is None:
                self._give_part(path, source)
        self._claim_djangos()

    def _claim_djangos(self) -> None:
        """Django's settings show in who names them, or in an app near a settings.py."""
        for path, file in self.files.items():
            named = apps.settings_module(file.text)
            found = self.index.find(named, path) if named else None
            app = self._app_of(path) if path.stem == "settings" else None
            if app and not app[1].settings and path not in self.configs:
                found = path
            if found is not None:
                self.claims.setdefault(found, {})[""] = "django"

    def _give_part(self, path: Path, source: apps.Source) -> None:
        """Note that a class or the like of another module is given to an app."""
        module, _, name = source.module.rpartition(".")
        config = self.index.find(module, path) if module else None
        if config is not None and config != path:
            self.given.setdefault(config, {})[name] = source.namespace

    def _find_claims(self) -> None:
        """Claims go on from file to file: a base's base is claimed as well."""
        pending = {path for path, file in self.files.items() if claims.may_claim(file.text)}
        for _ in range(_ROUNDS):
            changed = {found for path in pending for found in self._claim(path)}
            pending = {path for path in changed if claims.may_claim(self.files[path].text)}
            if not pending:
                break

    def _claim(self, path: Path) -> Iterator[Path]:
        """Take in what a file claims of others, and say of which."""
        file = self.files[path]
        if not self._names_settings(path):
            return
        try:
            facts = Facts(Module(file.text), self._full_context(file))
        except Unparsable:
            return
        for found in claims.find(facts):
            name, claim = found.name, found.claim
            claimed = self.index.find(found.module, path)
            theirs = self.claims.setdefault(claimed, {}) if claimed not in (None, path) else None
            if theirs is not None and claimed is not None and _outranks(claim, theirs.get(name)):
                theirs[name] = claim
                self._note_taker(path, claimed, found)
                self.claimants.setdefault(claimed, path)
                yield claimed

    def _note_taker(self, path: Path, claimed: Path, found: claims.Claimed) -> None:
        """Note where and how names are picked: what is passed on by a file, it has from another."""
        passed_on = next(iter(self.takers.get(path, {}).values()), "")
        here = f"{Path(*path.parts[-2:])}:{found.line} {found.how}" if found.how else passed_on
        if here:
            self.takers.setdefault(claimed, {})[found.name] = here

    def _names_settings(self, path: Path) -> bool:
        """Whether a file imports, or names, any that may have settings in it."""
        if claims.may_claim_by_text(self.files[path].text):
            return True
        context = self._context(self.files[path])
        modules = claims.imports(self.files[path].text, context)
        return any(self.index.find(module, path) not in (None, path) for module in modules)

    def _apply(self, file: File) -> None:
        try:
            outcome = apply(file.text, self._full_context(file))
        except Unparsable as error:
            self.result.unparsable[file.path] = error
            return
        self.result.outcomes.pop(file.path, None)
        if outcome != Outcome():
            self.result.outcomes[file.path] = outcome

    def _context(self, file: File) -> Context:
        own = file.path.stem == "__init__"
        name = dotted(file.path.parent if own else file.path.with_suffix(""))
        return Context(name=name, package=own, folder=file.path.parent.name, table=self.table)

    def _full_context(self, file: File) -> Context:
        path = file.path
        context = replace(
            self._context(file),
            comments=self.wishes.comments,
            renamed=Seen(self.index, path, self.exports),
            kept=Seen(self.index, path, self.kept),
            seen=lambda module: self.index.find(module, path) is not None,
            django_settings=self.django_settings,
            is_config=path in self.configs,
            config_namespace=self.configs.get(path),
            given=self.given.get(path, {}),
            claims=self.claims.get(path, {}),
            takers=self.takers.get(path, {}),
        )
        return self._with_namespace(context, file)

    def _with_namespace(self, context: Context, file: File) -> Context:
        wanted = self.wishes.namespace
        app = self._app_of(file.path) or self._app_of(self.claimants.get(file.path, file.path))
        found = app[1].namespace if app else None
        place = f"{Path(*app[0].parts[-2:])}:{app[1].line}" if app and not found else ""
        told = bool(wanted) and file.named and file.path not in self.configs
        near = self._djangos_app_near(file.path)
        return replace(context, namespace=wanted or found, told=told, app=place, django_app=near)

    def _djangos_app_near(self, path: Path) -> str:
        """Where an app reads Django's settings, of which a file may or may not be a part."""
        near = (
            f"{Path(*app.parts[-2:])}:{source.line}"
            for app, source in self.sources
            if source.is_django and _near(app, path)
        )
        return next(near, "")

    def _app_of(self, path: Path) -> tuple[Path, apps.Source] | None:
        """The app that reads Django's settings and lies nearest to a file."""
        readers = [
            (app, source)
            for app, source in self.sources
            if source.is_django and self._may_read(app, source, path)
        ]
        return max(readers, key=lambda each: _shared(each[0], path), default=None)

    def _may_read(self, app: Path, source: apps.Source, settings: Path) -> bool:
        """Whether an app may be the one that reads a module of Django's settings.

        It is, if the module lies where the app's file says; where it doesn't say, if both are near.
        """
        if source.settings is not None:
            folder = f".{dotted(settings.parent)}"
            package = source.settings.rpartition(".")[0]
            return folder.endswith((f".{source.settings}", f".{package}" if package else ""))
        file = self.files[app]
        return (file.given or file.project) and _near(app, settings)

    def _exports(self) -> dict[Path, Mapping[str, Mapping[str, str]]]:
        """Of the given files alone: what is only seen around keeps its names."""
        return {
            path: outcome.exports
            for path, outcome in self.result.outcomes.items()
            if self.files[path].given and outcome.exports
        }

    def _kept(self) -> dict[Path, Mapping[str, frozenset[str]]]:
        kept: dict[Path, Mapping[str, frozenset[str]]] = {}
        for path, outcome in self.result.outcomes.items():
            names = dict(outcome.keeps)
            if not self.files[path].given:
                for name, renamed in outcome.exports.items():
                    names[name] = names.get(name, frozenset()) | renamed.keys()
            kept[path] = names
        return kept

    def _django_settings(self) -> dict[str, str]:
        names: dict[str, str] = {}
        for path, outcome in self.result.outcomes.items():
            if outcome.django and self.files[path].given:
                names.update(outcome.exports.get("", {}))
        return names

    def _readers(self, changed: set[Path]) -> dict[Path, File]:
        """The files that may use names of those changed."""
        stems = {path.parent.name if path.stem == "__init__" else path.stem for path in changed}
        if not stems:
            return {}
        if any(self.result.outcomes[path].django for path in changed):
            stems.add("settings")
        mention = re.compile("|".join(map(re.escape, stems)))
        return {path: file for path, file in self.files.items() if mention.search(file.text)}

    def _find_remains(self) -> None:
        """What nobody followed is at least told of."""
        reach: dict[Path, set[str]] = {}
        for path in self.exports:
            reach.setdefault(self._reach(path), set()).update(self._renamed_in(path))
        for path, file in self.files.items() if len(self.files) > 1 else ():
            around = (reach[folder] for folder in path.parents if folder in reach)
            names = frozenset[str]().union(*around)
            outcome = self.result.outcomes.get(path, Outcome())
            own = self._renamed_in(path)
            found = remains.find(edited(file.text, outcome.edits), names, own, outcome.notes)
            if found:
                self.result.remains[path] = found

    def _renamed_in(self, path: Path) -> frozenset[str]:
        return frozenset(key for names in self.exports.get(path, {}).values() for key in names)

    def _roots(self) -> list[Path]:
        roots: dict[Path, None] = {}
        for path, source in self.sources:
            for name in filter(None, (source.module, source.settings)):
                found = self.index.find(name, path)
                if found is not None:
                    whole = found.parent if found.stem == "__init__" else found
                    roots[whole.parents[name.count(".")]] = None
        return list(roots)

    def _reach(self, path: Path) -> Path:
        """The folder below which a file's names may be used: its project's, or the next best."""
        folder = path.parent
        while self.index.is_package(folder):
            folder = folder.parent
        return min(folder, path.parent.parent, key=lambda each: len(each.parts))

    def _complete_calls(self) -> None:
        """Give apps their namespace, where all settings they read move to it."""
        wanted = self.wishes.namespace
        for path, source in self.sources:
            if wanted and source.is_django and not source.namespace and self._moves(path):
                self.result.calls.setdefault(path, []).append(source.with_namespace(wanted))

    def _moves(self, app: Path) -> bool:
        django = [
            outcome
            for path, outcome in self.result.outcomes.items()
            if outcome.django and self.files[path].given and self._reads(app, path)
        ]
        return bool(django)

    def _reads(self, app: Path, path: Path) -> bool:
        found = self._app_of(path)
        return found is not None and found[0] == app


_RANKS: tuple[Claim, ...] = ("celery", "pydantic", "flask", "django", "picked")


def _outranks(claim: Claim, other: Claim | None) -> bool:
    return other is None or _RANKS.index(claim) > _RANKS.index(other)


_ROUNDS = 6


def _near(app: Path, settings: Path) -> bool:
    shared = _shared(app, settings)
    return len(app.parent.parts) <= shared + 1 and len(settings.parent.parts) <= shared + 2


def _shared(one: Path, other: Path) -> int:
    """How many folders two paths have in common."""
    pairs = zip(one.parts, other.parts, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), 0)
