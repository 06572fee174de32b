"""A fleet file, and what `validate` and the JSON Schema say of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """`problems` are ``line:column message`` (the hint after a bar), in full and in order.

    `schema` is whether the JSON Schema accepts the text. It must where there are no errors; where
    it does in spite of them, `beyond` says why no schema can tell.
    """

    name: str
    text: str
    problems: tuple[str, ...] = ()
    schema: bool = True
    beyond: str | None = None


def worker(keys: str) -> str:
    """A fleet file whose one worker's keys are on line 3."""
    return f"app: proj.celery:app\nworkers:\n  w1: {{{keys}}}\n"


def top(keys: str) -> str:
    """A fleet file with top-level keys on line 3."""
    return f"app: proj.celery:app\nworkers: {{w1: {{}}}}\n{keys}\n"


def accepted(name: str, text: str, *warnings: str) -> Case:
    return Case(name, text, warnings)


def refused(name: str, text: str, *problems: str) -> Case:
    return Case(name, text, problems, schema=False)


def beyond(why: str, name: str, text: str, *problems: str) -> Case:
    return Case(name, text, problems, schema=True, beyond=why)


POOLS = "prefork, eventlet, gevent, threads, solo"
DURATION = "seconds or a duration such as 10m, 1h30m, 500ms"
UNKNOWN_X = "Celery knows %n, %h, %d, %p, %i, %I and %%"
NAME_RULE = "letters, digits, _ . and -, beginning with a letter or a digit, at most 64"
