"""Takes a `celery worker` command line apart as Celery's own parser (Click) does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from fleetctl.fleet.options import BY_SPELLING, Option
from fleetctl.fleet.spelling import nearest
from fleetctl.init.remarks import Remarks


@dataclass(frozen=True, slots=True)
class Given:
    """One option of the line, as it was spelt; `value` is None for a flag."""

    option: Option
    spelling: str
    value: str | None


@dataclass(slots=True)
class WorkerLine:
    """A worker's options in their order (the last of a kind counts), and its ``name=value``s."""

    given: list[Given] = field(default_factory=list)
    settings: list[str] = field(default_factory=list)


def read(words: Sequence[str], remarks: Remarks) -> WorkerLine:
    """The line whose `words` come after ``celery``; options of either side of ``worker``.

    What today's worker doesn't know is left out, with a remark.
    """
    line, rest = WorkerLine(), list(words)
    worker_seen = False
    while rest:
        word = rest.pop(0)
        if word == "--":
            line.settings += rest
            break
        if word.startswith("--"):
            _long(word, rest, line, remarks)
        elif word.startswith("-") and word != "-":
            _short(word, rest, line, remarks)
        elif worker_seen:
            line.settings.append(word)
        else:
            worker_seen = True
    return line


def _long(word: str, rest: list[str], line: WorkerLine, remarks: Remarks) -> None:
    name, equals, value = word.partition("=")
    option = BY_SPELLING.get(name)
    if option is None:
        _unknown(name, value if equals else None, rest, remarks)
    elif option.flag:
        line.given.append(Given(option, name, None))
    elif equals:
        line.given.append(Given(option, name, value))
    else:
        _with_following(option, name, rest, line, remarks)


def _short(word: str, rest: list[str], line: WorkerLine, remarks: Remarks) -> None:
    """``-c 4``, ``-c4``, ``-Ec4``."""
    letters = word[1:]
    for position, letter in enumerate(letters, 1):
        name, after = f"-{letter}", letters[position:]
        option = BY_SPELLING.get(name)
        if option is None:
            _unknown(word if position == 1 else name, None, rest, remarks)
            return
        if option.flag:
            line.given.append(Given(option, name, None))
            continue
        if after:
            _warn_of_equals(name, after, remarks)
            line.given.append(Given(option, name, after))
        else:
            _with_following(option, name, rest, line, remarks)
        return


def _warn_of_equals(name: str, after: str, remarks: Remarks) -> None:
    if after.startswith("="):
        text = f"{name}{after}: the value begins with the `=`, as Celery reads it"
        remarks.add(text, f"{name} {after[1:]} is surely meant")


def _with_following(
    option: Option,
    name: str,
    rest: list[str],
    line: WorkerLine,
    remarks: Remarks,
) -> None:
    # Click would take even the next option for the value, and the worker would end over it.
    if rest and not (rest[0].startswith("-") and rest[0].partition("=")[0] in BY_SPELLING):
        line.given.append(Given(option, name, rest.pop(0)))
    else:
        remarks.add(f"{name} has no value", left_out=True)


def _unknown(name: str, value: str | None, rest: list[str], remarks: Remarks) -> None:
    written = name
    if value is not None:
        written = f"{name}={value}"
    elif rest and not rest[0].startswith("-") and "=" not in rest[0] and rest[0] != "worker":
        written = f"{name} {rest.pop(0)}"
    text = f"{written}: today's `celery worker` has no such option"
    remarks.add(text, _today(name), left_out=True)


def _today(name: str) -> str | None:
    """What an option of earlier Celery versions is now."""
    squeezed = dict(_squeezed())
    option = squeezed.get(_squeeze(name))
    if option is None and name.startswith("--"):
        close = nearest(name, [each for each in BY_SPELLING if each.startswith("--")])
        option = BY_SPELLING[close] if close else None
    if option is None:
        return "if the app adds it, put it under `extra_options`"
    return f"it is the key `{option.key}` now" if option.key else f"it is {option.name} now"


def _squeezed() -> Iterator[tuple[str, Option]]:
    for spelling, option in BY_SPELLING.items():
        if spelling.startswith("--"):
            yield _squeeze(spelling), option


def _squeeze(name: str) -> str:
    return name.replace("-", "").replace("_", "").lower()
