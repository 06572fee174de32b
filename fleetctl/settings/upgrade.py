"""The decision about one file: text in, edits and notes out; nothing is read, nothing written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from fleetctl.settings import comments, computed, imported, leftovers
from fleetctl.settings.decide import decide, places
from fleetctl.settings.facts import Facts
from fleetctl.settings.forms import classes as class_form
from fleetctl.settings.forms import conf, mappings, module_names
from fleetctl.settings.model import Config, Container, Context, Note, Outcome, Place, Renaming, Site
from fleetctl.settings.rules import classes, django, flask, modules
from fleetctl.settings.rules.verdict import Ignore, Leave, Upgrade, Verdict
from fleetctl.settings.syntax.module import Module
from fleetctl.settings.syntax.source import Edit


def apply(text: str, context: Context) -> Outcome:
    """What to change in a file so that Celery reads the same settings by their new names.

    Raises fleetctl.settings.syntax.module.Unparsable where it has something to look at and is no
    Python of this version.
    """
    if not leftovers.mentions(text, context.table):
        return Outcome()
    return _Upgrade(Facts(Module(text), context)).outcome()


_EVERYDAY = frozenset(("timezone", "imports", "include"))
"""New names that say nothing of a module: anything may be called so."""


@dataclass(slots=True)
class _Upgrade:
    facts: Facts
    sites: dict[Site, str] = field(default_factory=dict)
    """The new names of places."""
    left: set[tuple[int, int]] = field(default_factory=set)
    """Places that some container has reason to leave."""
    notes: list[Note] = field(default_factory=list)
    configs: list[Config] = field(default_factory=list)
    exports: dict[str, dict[str, str]] = field(default_factory=dict)
    keeps: dict[str, frozenset[str]] = field(default_factory=dict)
    upgraded: list[tuple[Container, str | None]] = field(default_factory=list)

    def outcome(self) -> Outcome:
        facts = self.facts
        for container, verdict in self._judged():
            self._take(container, verdict)
        followed = dict(imported.renamed(facts))
        self.sites = {**followed, **self.sites}
        if facts.context.comments:
            self.sites.update(comments.renamed(facts, self.upgraded))
        self.notes += leftovers.notes(facts, self.upgraded)
        sites = {
            site: new for site, new in self.sites.items() if (site.start, site.end) not in self.left
        }
        return Outcome(
            edits=tuple(sorted({_edit(site, new) for site, new in sites.items()})),
            renamings=tuple(sorted({self._renaming(site, new) for site, new in sites.items()})),
            notes=tuple(_unique(self.notes)),
            exports=self.exports,
            keeps=self.keeps,
            followed=tuple(sorted({self._renaming(site, new) for site, new in followed.items()})),
            configs=tuple(self.configs),
            django="" in self.exports and django.is_settings(facts),
        )

    def _judged(self) -> Iterator[tuple[Container, Verdict]]:
        """The file's containers, and what is to become of each."""
        facts = self.facts
        variables = module_names.find(facts)
        alone = not variables.sets and not variables.new.keys() - _EVERYDAY
        families = [
            (container, classes.verdict(facts, container, family, alone=alone))
            for container, family in class_form.find(facts)
        ]
        maps = list(mappings.find(facts))
        confs = list(conf.find(facts))
        found = [variables, *(container for container, _ in families), *maps, *confs]
        computed.obstruct(facts, found)
        configs = [each for each, verdict in families if isinstance(verdict, Upgrade)]
        holds = bool(configs or maps or confs)
        yield variables, modules.verdict(facts, variables, holds_config=holds)
        yield from families
        for container in [*maps, *confs]:
            yield container, Upgrade()
        for container in flask.settings_in_app_config(facts):
            yield container, flask.LEAVE

    def _take(self, container: Container, verdict: Verdict) -> None:
        match verdict:
            case Leave(reason, advice, kind):
                where = places(self.facts, container)
                if where:
                    self.notes.append(Note(kind, reason, where, advice))
                self._keep(container, {})
            case Ignore():
                self._keep(container, {})
            case Upgrade():
                decision = decide(self.facts, container, verdict, imported.inherited(self.facts))
                self.notes += decision.notes
                self._keep(container, decision.names)
                self.upgraded.append((container, verdict.namespace))
                if decision.names:
                    self.configs += self._loadable(container, verdict.namespace)

    def _loadable(self, container: Container, namespace: str | None) -> Iterator[Config]:
        """How the configuration can be loaded, to see whether Celery reads the same."""
        if container.kind == "module":
            uppercase = namespace is not None and django.is_settings(self.facts)
            yield Config("django" if uppercase else "module", "", namespace)
        elif container.names:
            yield from (Config(container.kind, name, namespace) for name in container.names)
        else:
            yield Config("conf")

    def _keep(self, container: Container, names: dict[str, str]) -> None:
        """Take over what is renamed, and what is left, of a container."""
        for site in container.sites:
            if site.key in names:
                self.sites[site] = names[site.key]
            elif container.kind != "module":
                self.left.add((site.start, site.end))
        if container.kind in ("module", "class"):
            kept = frozenset(container.sets.keys() - names.keys())
            for name in container.names or ("",):
                self.exports.update({name: names} if names else {})
                self.keeps.update({name: kept} if kept else {})

    def _renaming(self, site: Site, new: str) -> Renaming:
        return Renaming(Place(*self.facts.module.lines.place(site.start), site.key), new)


def _edit(site: Site, new: str) -> Edit:
    return Edit(site.start, site.end, site.template.format(new))


def _unique(notes: Iterable[Note]) -> Iterator[Note]:
    ordered = sorted(notes, key=lambda note: (note.places[:1], note.kind, note.reason))
    return iter(dict.fromkeys(ordered))
