"""What the rules work with: places where settings stand, what is decided of them, what is said."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from fleetctl.settings.syntax.source import Edit
from fleetctl.settings.table import Table, load


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A name in a file: the line and column from 1."""

    line: int
    column: int
    name: str


@dataclass(frozen=True, slots=True, order=True)
class Renaming:
    """A setting's name that gets another, where it stands."""

    place: Place
    new: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something that wasn't done and why: ``left`` alone, or a ``person`` has to look at it."""

    kind: Literal["left", "person"]
    reason: str
    places: tuple[Place, ...]
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Config:
    """A configuration in a file that gets new names: what it is, its name, its new namespace."""

    kind: Literal["module", "class", "conf", "mapping", "django"]
    name: str = ""
    namespace: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is to be changed in a file and what there is to say of it.

    ``exports`` are names that other files may use and that get new ones here: those of the module
    by ``""``, those of a class by its name. ``keeps`` are the old names that stay, in the same way.
    ``followed`` are those of `renamings` that are due to other files of the run.
    """

    edits: tuple[Edit, ...] = ()
    renamings: tuple[Renaming, ...] = ()
    notes: tuple[Note, ...] = ()
    exports: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    keeps: Mapping[str, frozenset[str]] = field(default_factory=dict)
    followed: tuple[Renaming, ...] = ()
    configs: tuple[Config, ...] = ()
    django: bool = False
    """It is a module of Django settings, and they get new names."""


Claim = Literal["celery", "django", "flask", "pydantic", "picked"]
"""What takes names over: settings of Celery or others, or code that picks them by their looks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is known of a file from outside it.

    ``name`` is its dotted module name, ``folder`` the name of the folder it lies in. ``renamed``
    has, by module (``settings``) or class (``settings:Config``), the names that get new ones in
    other files of the same run; ``kept`` the old names that stay there. ``django_settings`` are
    the renamed names of the Django settings.
    """

    name: str = ""
    package: bool = False
    folder: str = ""
    namespace: str | None = None
    """What Django's settings are read by, or are to be."""
    told: bool = False
    """The caller said so of this very file."""
    app: str = ""
    """Where the project's app reads Django's settings without a namespace."""
    django_app: str = ""
    """Where an app near it reads Django's settings, whether or not it is one of them."""
    comments: bool = False
    table: Table = field(default_factory=load)
    renamed: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    kept: Mapping[str, frozenset[str]] = field(default_factory=dict)
    seen: Callable[[str], bool] = lambda _: False
    """Whether a module that is imported here is among the files at hand."""
    django_settings: Mapping[str, str] = field(default_factory=dict)
    is_config: bool = False
    """Somebody in the project gives it to ``config_from_object``."""
    config_namespace: str | None = None
    """With this ``namespace=``."""
    given: Mapping[str, str | None] = field(default_factory=dict)
    """What else in it somebody gives to Celery, a class say, and with which ``namespace=``."""
    claims: Mapping[str, Claim] = field(default_factory=dict)
    """Who takes over the module's names (by ``""``), or a class's, in another file."""
    takers: Mapping[str, str] = field(default_factory=dict)
    """Where and how names that are ``picked`` are, by what `claims` has: what to say of it."""

    @property
    def stem(self) -> str:
        """The last part of the module's name."""
        return self.name.rpartition(".")[2]

    def absolute(self, module: str | None, level: int) -> str:
        """The dotted name of a module that is imported here, relative ones resolved."""
        if not level:
            return module or ""
        parts = self.name.split(".")
        parts = parts[: len(parts) - level + self.package]
        return ".".join([*parts, *([module] if module else [])])


@dataclass(frozen=True, slots=True)
class Site:
    """A setting's old name in the text: from `start` to before `end`.

    ``template`` is what the new name is put into.
    """

    key: str
    start: int
    end: int
    node: ast.AST
    template: str = "{}"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What keeps a name from being replaced, or all of a container's names, and where it is.

    ``mixing`` ones matter only where old names and new ones must not meet.
    """

    reason: str
    node: ast.AST
    key: str | None = None
    mixing: bool = False


@dataclass(slots=True)
class Container:
    """What Celery reads settings from as one: a module, a class, an app's conf, a mapping.

    Within one, old and new names must not be mixed (``celery.app.utils.detect_settings``).
    """

    kind: Literal["module", "class", "conf", "mapping"]
    title: str
    sites: list[Site] = field(default_factory=list)
    sets: dict[str, ast.AST] = field(default_factory=dict)
    """The old names that get a value here, and where first."""
    new: dict[str, ast.AST] = field(default_factory=dict)
    """Names in the new style that are bound here, too."""
    others: dict[str, ast.AST] = field(default_factory=dict)
    """All other names that are set here."""
    obstacles: list[Obstacle] = field(default_factory=list)
    computed: list[ast.expr] = field(default_factory=list)
    """The names it gets that aren't written: made while the program runs."""
    names: tuple[str, ...] = ()
    """What the classes or the mapping are called, where the module itself has them."""

    def add(
        self,
        key: str,
        span: tuple[int, int] | None,
        node: ast.AST,
        *,
        sets: bool = False,
        template: str = "{}",
    ) -> None:
        """Add a place of an old name; one that can't be told in the text is an obstacle."""
        if sets:
            self.sets.setdefault(key, node)
        if span is None:
            reason = f"where {key} stands in the text can't be told"
            self.obstacles.append(Obstacle(reason, node, key))
        else:
            self.sites.append(Site(key, *span, node, template))

    def bind(self, key: str, node: ast.AST, table: Table) -> None:
        """Note that a name is set here that is no old one."""
        where = self.new if key in table.old_names else self.others
        where.setdefault(key, node)
