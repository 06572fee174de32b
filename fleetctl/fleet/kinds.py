"""Kinds of values that YAML has no type for: durations, sizes, masks, lists in a line."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

DURATION = r"^(?=[0-9])([0-9]+(\.[0-9]+)?h)?([0-9]+(\.[0-9]+)?m)?([0-9]+(\.[0-9]+)?s)?([0-9]+ms)?$"
MEMORY = r"^[0-9]+(\.[0-9]+)? ?([KMGkmg]([Ii]?[Bb])?)$"
UMASK = r"^(0o)?[0-7]{1,4}$"
#: For a class of characters. \s alone has some of the control characters in one dialect of regular
#: expressions, and others in another.
BLANK = r"\s\x00-\x1f"
HOSTNAME = rf"^[^{BLANK},@]+(@[^{BLANK},@]+)?$"

_PARTS = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|[hms])")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_KIBIBYTES = {"k": 1, "m": 1024, "g": 1024 * 1024}


@dataclass(frozen=True)
class Expect:
    """Says in the user's words what a value should have been, whatever was wrong with it.

    `choices` are spellings to suggest; `quote` hints at quotes.
    """

    what: str
    choices: tuple[str, ...] = ()
    quote: bool = False

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(self._check, handler(source))

    def _check(self, value: Any, inner: Callable[[Any], Any]) -> Any:
        try:
            return inner(value)
        except ValidationError as error:
            context = {"what": self.what, "choices": self.choices, "quote": self.quote}
            raise PydanticCustomError("expected", "{what}", context) from error


def whole(value: Any) -> Any:
    """4.0 is 4: JSON Schema makes no difference either."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def seconds(value: Any) -> Any:
    """``1h30m`` as seconds."""
    if not isinstance(value, str):
        return value
    if not re.match(DURATION, value):
        raise ValueError("not a duration")
    return sum(float(number) * _SECONDS[unit] for number, unit in _PARTS.findall(value))


def kibibytes(value: Any) -> Any:
    """``200MB`` as KiB; K, M and G are powers of 1024, as in Docker and systemd."""
    if not isinstance(value, str):
        return whole(value)
    if not re.match(MEMORY, value):
        raise ValueError("not a size")
    number, unit = re.findall(r"[0-9.]+|[A-Za-z]", value)[:2]
    return int(float(number) * _KIBIBYTES[unit.lower()])


def octal(value: Any) -> Any:
    """``022`` and ``0o22`` as the number they mean in octal."""
    if not isinstance(value, str):
        return whole(value)
    if not re.match(UMASK, value):
        raise ValueError("not a mask")
    return int(value.removeprefix("0o"), 8)


def commas(value: Any) -> Any:
    """``a, b`` as a list, the way -Q takes it."""
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


def least_most(value: Any) -> Any:
    """``10,2`` as --autoscale takes it, in either order."""
    if not isinstance(value, str) or not re.match(r"^\d{1,9}(,\d{1,9})?$", value):
        return value
    numbers = sorted(int(part) for part in value.split(","))
    return {"min": numbers[0] if len(numbers) > 1 else 0, "max": numbers[-1]}
