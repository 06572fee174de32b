"""Settings that are commented out: ``# CELERY_TIMEZONE = "UTC"``; renamed only when asked to."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable, Iterator

from fleetctl.settings.facts import Facts
from fleetctl.settings.model import Container, Site

_ASSIGNMENT = re.compile(r"#[#\s]*(\w+)\s*(?::[^=#]+)?\+?=(?!=)")
_KEY = re.compile(r"#[#\s]*[\"'](\w+)[\"']\s*:")


def renamed(
    facts: Facts, upgraded: Iterable[tuple[Container, str | None]]
) -> Iterator[tuple[Site, str]]:
    """The commented-out settings in and around what is upgraded, and their new names."""
    namespaces = [namespace for _, namespace in upgraded]
    if not namespaces:
        return
    namespace = next(filter(None, namespaces), None)
    for text, start in _comments(facts.module.text):
        found = _ASSIGNMENT.match(text) or _KEY.match(text)
        if found and found[1] in facts.table.new_names:
            key = found[1]
            site = Site(key, start + found.start(1), start + found.end(1), facts.module.tree)
            new = facts.table.new_names[key]
            if namespace:
                new = facts.table.namespaced(key, namespace)
            if new != key:
                yield site, new


def _comments(text: str) -> Iterator[tuple[str, int]]:
    """The comments of a text that is known to parse, and where each begins."""
    from fleetctl.settings.syntax.source import Lines

    lines = Lines(text)
    with_one_line_end = io.StringIO(text, newline=None)
    for token in tokenize.generate_tokens(with_one_line_end.readline):
        if token.type == tokenize.COMMENT:
            line, column = token.start
            yield token.string, lines.start(line) + column
